package dev.ballast.certificates.config;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.pki.AlternativeName;

/**
 * A host and a port, as in {@code controlPlaneEndpoint}.
 *
 * @param host a DNS name or an address, without brackets
 */
public record Endpoint(String host, int port) {

  /**
   * Reads {@code host}, {@code host:port}, {@code [v6]:port} or {@code v6}.
   *
   * @throws CertificatesFailure when the port is not one
   */
  public static Endpoint parse(String text, int defaultPort) {
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      if (close > 0 && close + 1 == text.length()) {
        return new Endpoint(text.substring(1, close), defaultPort);
      }
      if (close > 0 && text.charAt(close + 1) == ':') {
        return new Endpoint(text.substring(1, close), port(text, text.substring(close + 2)));
      }
      throw bad(text);
    }
    int colon = text.indexOf(':');
    if (colon < 0 || colon != text.lastIndexOf(':')) {
      return new Endpoint(text, defaultPort);
    }
    return new Endpoint(text.substring(0, colon), port(text, text.substring(colon + 1)));
  }

  private static int port(String text, String port) {
    if (port.matches("\\d{1,5}")
        && Integer.parseInt(port) >= 1
        && Integer.parseInt(port) <= 65535) {
      return Integer.parseInt(port);
    }
    throw bad(text);
  }

  private static CertificatesFailure bad(String text) {
    return new CertificatesFailure(
        "controlPlaneEndpoint '" + text + "' is not a host with an optional port",
        "write it as cluster.example:6443");
  }

  /** As it stands in a URL. */
  public String hostPort() {
    return AlternativeName.address(host).isPresent() && host.indexOf(':') >= 0
        ? "[" + host + "]:" + port
        : host + ":" + port;
  }
}
