package dev.ballast.certificates.report;

import dev.ballast.certificates.live.Freshness;
import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.live.Observation;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** What is wrong with what a port serves. */
final class PortFindings {
  private PortFindings() {}

  static Report.PortEntry of(LivePort port, Instant now) {
    return new Report.PortEntry(port, findings(port, now));
  }

  private static List<Finding> findings(LivePort port, Instant now) {
    var restart =
        "restart "
            + port.endpoint().component()
            + port.listener().map(l -> " (pid " + l.pid() + ", " + l.name() + ")").orElse("");
    return switch (port.freshness()) {
      case Freshness.Current _ -> List.of();
      case Freshness.Stale stale ->
          List.of(
              new Finding(
                  expired(stale.served(), now) ? Finding.Level.BROKEN : Finding.Level.WARNING,
                  "serves-old",
                  "it still serves the old certificate, serial "
                      + serial(stale.served())
                      + " until "
                      + stale.served().getNotAfter().toInstant()
                      + "; the file has serial "
                      + serial(stale.file()),
                  restart));
      case Freshness.Foreign foreign ->
          List.of(
              Finding.warning(
                  "serves-other",
                  "it serves a certificate of "
                      + foreign.served().getSubjectX500Principal()
                      + ", serial "
                      + serial(foreign.served())
                      + ", which is not the one in the file",
                  "see which process listens there, and which file it was told to use"));
      case Freshness.Unfiled unfiled ->
          expired(unfiled.served(), now)
              ? List.of(
                  Finding.broken(
                      "serves-expired",
                      "it serves a certificate that expired at "
                          + unfiled.served().getNotAfter().toInstant(),
                      restart + ", which makes a new one"))
              : List.of();
      case Freshness.Unseen unseen -> unseen(unseen.observation());
    };
  }

  private static List<Finding> unseen(Observation observation) {
    return switch (observation) {
      case Observation.Closed _ -> List.of();
      case Observation.Silent silent ->
          List.of(
              Finding.note("no-certificate", "it showed no certificate: " + silent.reason(), ""));
      case Observation.Serves _ -> List.of();
    };
  }

  private static boolean expired(X509Certificate certificate, Instant now) {
    return now.isAfter(certificate.getNotAfter().toInstant());
  }

  static String serial(X509Certificate certificate) {
    return certificate.getSerialNumber().toString(16);
  }
}
