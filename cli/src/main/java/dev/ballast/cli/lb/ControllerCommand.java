package dev.ballast.cli.lb;

import dev.ballast.cli.Threads;
import dev.ballast.cli.role.ObjectsOption;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.ObjectStore;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ballast lb controller}. */
@Command(
    name = "controller",
    description = "Runs the role lb-controller: gives services their addresses. One in a cluster.")
final class ControllerCommand implements Callable<Integer> {
  /** MetalLB's, for its metrics. */
  private static final int PORT = 9120;

  @Mixin private ObjectsOption objects;
  @Mixin private LoadBalancerServing serving;

  @Option(
      names = "--lb-class",
      paramLabel = "CLASS",
      defaultValue = "",
      description = "Only services of this loadBalancerClass (default: those without one).")
  private String loadBalancerClass = "";

  @Override
  public Integer call() throws Exception {
    // A wait for packets and netlink is a system call, which holds a carrier.
    ThreadFactory threads = Threads.WIRED;
    try (ObjectStore home = objects.open(LoadBalancerKinds.SCHEME, threads)) {
      return serving.run(
          new ControllerRole(home, loadBalancerClass, InstantSource.system()), PORT, threads);
    }
  }
}
