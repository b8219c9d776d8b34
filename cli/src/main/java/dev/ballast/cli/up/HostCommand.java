package dev.ballast.cli.up;

import dev.ballast.cli.Threads;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.loadbalancer.speaker.Speaker;
import dev.ballast.loadbalancer.speaker.SpeakerRole;
import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.ObjectStore;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import dev.ballast.roles.admin.AdminSocket;
import dev.ballast.roles.admin.TaskAdmin;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What a node of the lab runs: its speaker, its part of the data plane, and a backend of each
 * service. {@code up} starts it inside the node's namespaces; it prints {@value #READY} when it
 * takes part.
 */
@Command(
    name = "up-host",
    hidden = true,
    description = "A node of the lab that 'up' starts; of no use by itself.")
public final class HostCommand implements Callable<Integer> {
  static final String READY = "ready";

  /** MetalLB's own metrics port. */
  static final int METRICS_PORT = 7472;

  /** MetalLB's own port for talk between speakers. */
  private static final int HEARTBEAT_PORT = 7946;

  /** Longer than the speaker's patience with a successor. */
  private static final Duration STOP_BOUND = Duration.ofSeconds(4);

  private static final Duration RESCAN = Duration.ofSeconds(2);

  @Spec private CommandSpec spec;

  @Option(names = "--node", required = true, description = "The name of its Node object.")
  private String node = "";

  @Option(names = "--address", required = true, description = "Its address on the switch.")
  private String address = "";

  @Option(names = "--objects", required = true, description = "The directory of manifests.")
  private Path objects = Path.of("");

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    InetAddress own = InetAddress.ofLiteral(address);
    PrometheusRegistry metrics = new PrometheusRegistry();
    AdminHandlers admin = new AdminHandlers();
    TaskAdmin.register(admin, Threads.scheduler());
    try (ObjectStore home =
            DirectoryStore.open(objects, LoadBalancerKinds.SCHEME, Threads.TASKS, RESCAN);
        DataPlane plane = DataPlane.open(node, home, Threads.TASKS);
        Backends backends = Backends.open(node, own);
        RoleProcess roles =
            new RoleProcess(List.of(speaker(home)), Threads.WIRED, metrics, admin, STOP_BOUND);
        AdminHttp http =
            AdminHttp.open(
                new InetSocketAddress(own, METRICS_PORT), roles::health, metrics, Threads.TASKS);
        AdminSocket socket =
            AdminSocket.open(Path.of("/run/ballast/" + node + ".sock"), admin, Threads.TASKS)) {
      // Ends in order when it is asked to (SIGTERM): others take over before it is silent.
      Thread stop = new Thread(roles::close);
      Runtime.getRuntime().addShutdownHook(stop);
      roles.start();
      out.println(READY);
      RoleProcess.Crash crash = roles.awaitCrash();
      throw new IllegalStateException(
          "role " + crash.role() + " crashed: " + crash.cause().getMessage(), crash.cause());
    }
  }

  private SpeakerRole speaker(ObjectStore home) {
    return new SpeakerRole(
        home,
        new SpeakerRole.Options(
            new Speaker.Settings(
                node,
                new InetSocketAddress(HEARTBEAT_PORT),
                new byte[0],
                Selection.standard(),
                Timing.DEFAULT),
            "",
            false),
        InstantSource.system());
  }

  /** One backend a service. */
  private record Backends(List<Backend> all) implements AutoCloseable {
    static Backends open(String node, InetAddress own) throws Exception {
      List<Backend> all = new ArrayList<>();
      for (Map.Entry<String, Integer> service : Topology.SERVICES.entrySet()) {
        all.add(
            Backend.open(
                new InetSocketAddress(own, service.getValue()),
                service.getKey() + " on " + node + "\n",
                Threads.TASKS));
      }
      return new Backends(all);
    }

    @Override
    public void close() throws Exception {
      for (Backend backend : all) {
        backend.close();
      }
    }
  }
}
