package dev.ballast.certificates.report;

import dev.ballast.certificates.Found;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Whether the clock can be believed: what was written or signed here lies in the past. */
final class ClockFindings {
  /** kubeadm dates certificates back by this much, so that clocks may differ a little. */
  private static final Duration TOLERANCE = Duration.ofMinutes(5);

  private ClockFindings() {}

  static List<Finding> of(NodeSnapshot node) {
    var findings = new ArrayList<Finding>();
    node.newestFile()
        .filter(newest -> newest.isAfter(node.taken().plus(TOLERANCE)))
        .ifPresent(
            newest -> findings.add(behind("a file of the PKI was written at", newest, node)));
    node.items().stream()
        .filter(item -> item.found() instanceof Found.Present)
        .map(item -> ((Found.Present) item.found()).first().getNotBefore().toInstant())
        .filter(notBefore -> notBefore.isAfter(node.taken().plus(TOLERANCE)))
        .max(Instant::compareTo)
        .ifPresent(latest -> findings.add(behind("a certificate is valid from", latest, node)));
    return findings;
  }

  private static Finding behind(String what, Instant then, NodeSnapshot node) {
    return Finding.broken(
        "clock-behind",
        what + " " + then + ", but the clock says " + node.taken(),
        "set the clock right (timedatectl) before anything is renewed");
  }
}
