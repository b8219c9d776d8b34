package dev.ballast.certificates.staticpods;

import java.net.URI;

/** Where a static pod says whether it is well (its liveness probe), or the kubelet. */
public record HealthEndpoint(boolean tls, String host, int port, String path) {
  URI uri() {
    var literal = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    return URI.create((tls ? "https" : "http") + "://" + literal + ":" + port + path);
  }

  @Override
  public String toString() {
    return uri().toString();
  }
}
