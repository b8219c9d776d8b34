package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;

/** Waits until the pods of kube-system are ready and stay what they are. */
final class StablePods {
  private static final String STATE =
      "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}"
          + " {.metadata.annotations.kubernetes\\.io/config\\.hash}"
          + " {.status.containerStatuses[*].ready} {.status.containerStatuses[*].containerID}"
          + "{\"\\n\"}{end}";

  private final Cluster cluster;
  private final Duration quiet;
  private String state = "";
  private long since;

  /**
   * Makes one.
   *
   * @param quiet how long they must stay so
   */
  StablePods(Cluster cluster, Duration quiet) {
    this.cluster = cluster;
    this.quiet = quiet;
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
    }
    return allReady(now) && System.nanoTime() - since >= quiet.toNanos();
  }

  private static boolean allReady(String pods) {
    return !pods.isBlank() && pods.lines().allMatch(line -> line.contains(" true "));
  }
}
