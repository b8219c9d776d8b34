package dev.ballast.bench.tasks;

import org.jspecify.annotations.Nullable;

/** What has to be reached: at most so much, or at most so much of a peer's. */
record Target(String figure, @Nullable Side peer, double atMost) {
  private static final double MICROSECOND = 1e3;
  private static final double MILLISECOND = 1e6;

  /** The target of a figure, if it has one. */
  static @Nullable Target of(String figure) {
    return switch (figure) {
      case "switch" -> new Target(figure, Side.JDK, 1.0);
      case "skynet" -> new Target(figure, Side.JDK, 0.7);
      case "locked-unlocked", "locked-locked" -> new Target(figure, Side.GO, 0.4);
      case "exit-locked" -> new Target(figure, Side.GO, 2);
      case "stacks of 1,000 tasks, first" -> new Target(figure, Side.JDK, 0.6);
      case "stacks of 10,000 tasks, warm" -> new Target(figure, null, 150 * MILLISECOND);
      case "first suspension of a loop, prepared" -> new Target(figure, null, 20 * MILLISECOND);
      default -> absolute(figure);
    };
  }

  private static @Nullable Target absolute(String figure) {
    if (figure.startsWith("suspend ")) {
      if (figure.endsWith("parked, p99") || figure.endsWith("queued, p99")) {
        return new Target(figure, null, MICROSECOND);
      }
      if (figure.startsWith("suspend one running") && figure.endsWith("p50")) {
        return new Target(figure, null, 10 * MICROSECOND);
      }
      if (figure.startsWith("suspend a loop") && figure.endsWith("p99")) {
        return new Target(figure, null, 2 * MILLISECOND);
      }
    }
    return figure.equals(IdleProcess.OWN) ? new Target(figure, null, 0) : null;
  }
}
