package dev.ballast.mesh.control;

import dev.ballast.mesh.envoy.Proxy;
import dev.ballast.xds.Peer;
import dev.ballast.xds.RefusedException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** Whether a proxy is what it says it is: by its certificate or its token. */
public final class Admission {
  private static final int URI = 6;

  private final boolean required;
  private final Tokens tokens;

  /** Finds out who a token stands for. */
  public interface Tokens {
    /** No token stands for anybody. */
    Tokens NONE = _ -> Optional.empty();

    /** Returns the identity of a token, {@code spiffe://…}; empty when it is not valid. */
    Optional<String> identity(String token);
  }

  /**
   * Admits proxies.
   *
   * @param required false on loopback without TLS, where everybody is admitted
   */
  public Admission(boolean required, Tokens tokens) {
    this.required = required;
    this.tokens = tokens;
  }

  /**
   * Checks a proxy.
   *
   * @throws RefusedException when it is not what it says
   */
  void check(Proxy proxy, Peer peer) {
    if (!required) {
      return;
    }
    Optional<String> identity =
        certificate(peer.certificates()).or(() -> peer.bearer().flatMap(tokens::identity));
    if (identity.isEmpty()) {
      throw RefusedException.unauthenticated(
          "authentication failure: neither a client certificate with a SPIFFE identity nor a valid"
              + " token was presented");
    }
    String[] parts = identity.get().split("/");
    boolean shaped = parts.length == 7 && parts[3].equals("ns") && parts[5].equals("sa");
    if (!shaped || !parts[4].equals(proxy.namespace())) {
      throw RefusedException.denied(
          "no identity of %s may be namespace %s: it is %s"
              .formatted(proxy.id(), proxy.namespace(), identity.get()));
    }
    if (!proxy.serviceAccount().isEmpty() && !parts[6].equals(proxy.serviceAccount())) {
      throw RefusedException.denied(
          "no identity of %s may be service account %s: it is %s"
              .formatted(proxy.id(), proxy.serviceAccount(), identity.get()));
    }
  }

  private static Optional<String> certificate(List<X509Certificate> chain) {
    if (chain.isEmpty()) {
      return Optional.empty();
    }
    try {
      var names = chain.getFirst().getSubjectAlternativeNames();
      if (names != null) {
        for (List<?> name : names) {
          if (name.get(0) instanceof Integer kind
              && kind == URI
              && name.get(1) instanceof String text
              && text.startsWith("spiffe://")) {
            return Optional.of(text);
          }
        }
      }
      return Optional.empty();
    } catch (CertificateParsingException _) {
      return Optional.empty();
    }
  }
}
