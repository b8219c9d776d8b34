package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;

/** Waits until the pods of kube-system are ready and stay what they are. */
final class StablePods {
  private static final Duration QUIET = Duration.ofSeconds(15);
  private static final String STATE =
      "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}"
          + " {.metadata.annotations.kubernetes\\.io/config\\.hash}"
          + " {.status.containerStatuses[*].ready} {.status.containerStatuses[*].containerID}"
          + "{\"\\n\"}{end}";

  private final Cluster cluster;
  private String state = "";
  private long since;

  StablePods(Cluster cluster) {
    this.cluster = cluster;
  }

  void await(Duration limit) throws InterruptedException {
    since = System.nanoTime();
    Eventually.holds("the pods of kube-system are ready and stay so", limit, this::stable);
  }

  private boolean stable() throws IOException, InterruptedException {
    String now = cluster.kubectl("", "get", "pods", "-n", "kube-system", "-o", STATE).orFail();
    if (!now.equals(state) || !allReady(now)) {
      state = now;
      since = System.nanoTime();
      return false;
    }
    return System.nanoTime() - since >= QUIET.toNanos();
  }

  private static boolean allReady(String pods) {
    return !pods.isBlank() && pods.lines().allMatch(line -> line.contains(" true "));
  }
}
