package dev.ballast.cli.lb;

import dev.ballast.loadbalancer.resource.LoadBalancerKinds;
import dev.ballast.objects.DirectoryHome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Option;

/** Where the objects are. */
final class ObjectsOption {
  /** What a lost notice of the kernel may cost. */
  private static final Duration RESCAN = Duration.ofSeconds(2);

  @Option(
      names = "--objects",
      required = true,
      paramLabel = "DIR",
      description = "The directory with the manifests; status is kept beside them.")
  private Path directory = Path.of(".");

  DirectoryHome open(ThreadFactory threads) throws IOException {
    return DirectoryHome.open(directory, LoadBalancerKinds.SCHEME, threads, RESCAN);
  }
}
