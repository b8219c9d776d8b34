package dev.ballast.cli.role;

import dev.ballast.objects.DirectoryStore;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Scheme;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.api.ApiStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the objects are: a directory, or a Kubernetes API. */
public final class ObjectsOption {
  /** What a lost notice of the kernel may cost. */
  private static final Duration RESCAN = Duration.ofSeconds(2);

  /** How long a command that ends waits for an API. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Path SERVICE_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

  @Option(
      names = "--objects",
      paramLabel = "DIR",
      description = "A directory with manifests; status is kept beside them.")
  private @Nullable Path directory;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "The kubeconfig of a Kubernetes API (default: the service account of the pod, inside a"
              + " cluster).")
  private @Nullable Path kubeconfig;

  /**
   * Opens what was named, for a role: it need not be reachable yet.
   *
   * @param scheme the kinds that the product knows
   */
  public ObjectStore open(Scheme scheme, ThreadFactory threads) throws IOException {
    if (directory != null && kubeconfig != null) {
      throw new IOException("--objects and --kubeconfig exclude each other: name one of them");
    }
    if (directory != null) {
      return DirectoryStore.open(directory, scheme, threads, RESCAN);
    }
    if (kubeconfig != null) {
      return ApiStore.open(kubeconfig, scheme, threads, InstantSource.system());
    }
    if (!Files.isReadable(SERVICE_ACCOUNT)) {
      throw new IOException(
          "where are the objects? name a directory with --objects DIR, or an API with"
              + " --kubeconfig FILE");
    }
    return ApiStore.inCluster(scheme, threads, InstantSource.system());
  }

  /** Reads the objects once, for a command that ends. */
  public Snapshot read(ObjectStore home) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Snapshot snapshot = home.list();
    while (!snapshot.reachable() && directory == null) {
      if (System.nanoTime() - end > 0) {
        throw new IOException(snapshot.unreadable().orElse("the objects cannot be read"));
      }
      TimeUnit.MILLISECONDS.sleep(50);
      snapshot = home.list();
    }
    return snapshot;
  }
}
