package dev.ballast.certificates.live;

import java.security.cert.X509Certificate;
import java.util.Optional;

/** Whether a port serves what the file says, and why it was judged so. */
public sealed interface Freshness {
  /** It serves the certificate of the file. */
  record Current(X509Certificate served) implements Freshness {}

  /** It serves a certificate that was valid earlier than the one of the file. */
  record Stale(X509Certificate served, X509Certificate file) implements Freshness {}

  /** It serves a certificate that is not an older one of the file: another server, or a proxy. */
  record Foreign(X509Certificate served, X509Certificate file) implements Freshness {}

  /** It serves a certificate that no file holds, as kube-scheduler does by default. */
  record Unfiled(X509Certificate served) implements Freshness {}

  /** Nothing was served. */
  record Unseen(Observation observation) implements Freshness {}

  /** Judges an observation against the first certificate of the file. */
  static Freshness of(Observation observation, Optional<X509Certificate> file) {
    return switch (observation) {
      case Observation.Closed closed -> new Unseen(closed);
      case Observation.Silent silent -> new Unseen(silent);
      case Observation.Serves serves ->
          file.<Freshness>map(certificate -> compare(serves.certificate(), certificate))
              .orElseGet(() -> new Unfiled(serves.certificate()));
    };
  }

  private static Freshness compare(X509Certificate served, X509Certificate file) {
    if (served.equals(file)) {
      return new Current(served);
    }
    return served.getNotBefore().toInstant().isAfter(file.getNotBefore().toInstant())
            || !served.getSubjectX500Principal().equals(file.getSubjectX500Principal())
        ? new Foreign(served, file)
        : new Stale(served, file);
  }
}
