package dev.ballast.certificates.live;

import java.security.cert.X509Certificate;
import java.util.List;

/** What was seen at a port. */
public sealed interface Observation {
  /** A TLS server showed these certificates, its own first. */
  record Serves(List<X509Certificate> chain) implements Observation {
    public Serves {
      chain = List.copyOf(chain);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException("a server without a certificate");
      }
    }

    public X509Certificate certificate() {
      return chain.getFirst();
    }
  }

  /** Nothing listens there. */
  record Closed(String reason) implements Observation {}

  /** Something listens, but it did not show a certificate in time. */
  record Silent(String reason) implements Observation {}
}
