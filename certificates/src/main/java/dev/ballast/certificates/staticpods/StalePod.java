package dev.ballast.certificates.staticpods;

import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.LivePort;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A static pod that still uses an old certificate, and how that is known. */
public record StalePod(StaticPod pod, List<Reason> reasons) {
  /** How it is known. */
  public sealed interface Reason {
    /** Its port shows the old certificate. */
    record ServesOld(LivePort port) implements Reason {
      @Override
      public String toString() {
        return "port " + port.endpoint().address().getPort() + " still serves the old certificate";
      }
    }

    /** It read a file when it started, and that file has changed since. */
    record StartedBefore(Path file, Instant started, Instant changed) implements Reason {
      @Override
      public String toString() {
        return "it was started at " + started + ", before " + file + " changed at " + changed;
      }
    }
  }

  /** Start times are known to the hundredth of a second and boot time to the second. */
  private static final Duration UNSURE = Duration.ofSeconds(1);

  public StalePod {
    reasons = List.copyOf(reasons);
  }

  /**
   * The pods that must be restarted, of those given.
   *
   * @param ports the ports of the node as they were found
   * @param changed when each file that is read once changed
   */
  public static List<StalePod> among(
      List<StaticPod> pods, List<LivePort> ports, Map<Path, Instant> changed) {
    var stale = new ArrayList<StalePod>();
    for (var pod : pods) {
      var reasons = new ArrayList<Reason>();
      for (var port : ports) {
        if (!port.endpoint().component().equals(pod.name())) {
          continue;
        }
        if (port.freshness() instanceof Freshness.Stale) {
          reasons.add(new Reason.ServesOld(port));
        }
        port.listener().ifPresent(l -> reasons.addAll(startedBefore(pod, l.started(), changed)));
      }
      if (!reasons.isEmpty()) {
        stale.add(new StalePod(pod, reasons.stream().distinct().toList()));
      }
    }
    return stale;
  }

  private static List<Reason> startedBefore(
      StaticPod pod, Instant started, Map<Path, Instant> changed) {
    var reasons = new ArrayList<Reason>();
    for (var file : pod.readOnce()) {
      var at = changed.get(file);
      if (at != null && started.minus(UNSURE).isBefore(at)) {
        reasons.add(new Reason.StartedBefore(file, started, at));
      }
    }
    return reasons;
  }
}
