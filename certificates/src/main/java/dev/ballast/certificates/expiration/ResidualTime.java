package dev.ballast.certificates.expiration;

import java.time.Duration;
import java.time.Instant;

/** How long a certificate still lives, in the words of Kubernetes. */
public final class ResidualTime {
  private static final long MINUTE = 60;
  private static final long HOUR = 3600;
  private static final long DAY = 24 * HOUR;
  private static final long YEAR = 365 * DAY;

  private ResidualTime() {}

  /** Whole seconds until then, toward zero. */
  public static long seconds(Instant notAfter, Instant now) {
    Duration left = Duration.between(now, notAfter);
    return left.toMillis() / 1000;
  }

  /** One unit: kubeadm up to 1.30. An expired certificate is {@code <invalid>}. */
  static String coarse(long seconds) {
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < MINUTE) {
      return seconds + "s";
    }
    if (seconds < HOUR) {
      return seconds / MINUTE + "m";
    }
    if (seconds < DAY) {
      return seconds / HOUR + "h";
    }
    return seconds < YEAR ? seconds / DAY + "d" : seconds / YEAR + "y";
  }

  /** One or two units: kubeadm since 1.31. */
  static String fine(long seconds) {
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < 2 * MINUTE) {
      return seconds + "s";
    }
    if (seconds < 10 * MINUTE) {
      return two(seconds, MINUTE, "m", 1, "s");
    }
    if (seconds < 3 * HOUR) {
      return seconds / MINUTE + "m";
    }
    if (seconds < 8 * HOUR) {
      return two(seconds, HOUR, "h", MINUTE, "m");
    }
    if (seconds < 2 * DAY) {
      return seconds / HOUR + "h";
    }
    if (seconds < 8 * DAY) {
      return two(seconds, DAY, "d", HOUR, "h");
    }
    if (seconds < 2 * YEAR) {
      return seconds / DAY + "d";
    }
    return seconds < 8 * YEAR ? two(seconds, YEAR, "y", DAY, "d") : seconds / YEAR + "y";
  }

  private static String two(
      long seconds, long large, String largeName, long small, String smallName) {
    long rest = seconds % large / small;
    return seconds / large + largeName + (rest == 0 ? "" : rest + smallName);
  }
}
