package dev.ballast.mesh.resource;

import java.util.Locale;
import java.util.Optional;

/** What a port speaks, by Istio's names. */
public enum Protocol {
  HTTP("http"),
  HTTP_PROXY("http_proxy"),
  HTTP2("http2"),
  GRPC("grpc"),
  GRPC_WEB("grpc-web"),
  HTTPS("https"),
  TLS("tls"),
  TCP("tcp"),
  MONGO("mongo"),
  REDIS("redis"),
  MYSQL("mysql"),
  UDP("udp"),
  /** Not written: the proxy looks at the first bytes. */
  AUTO("");

  private final String text;

  Protocol(String text) {
    this.text = text;
  }

  /** Returns Istio's name, in lower case; empty for AUTO. */
  public String text() {
    return text;
  }

  /** Returns the protocol of a name, whatever its case. */
  public static Optional<Protocol> parse(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (Protocol each : values()) {
      if (each.text.equals(lower)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** Returns what a port of a Kubernetes service speaks: by its name's first part. */
  public static Protocol ofPortName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.equals("grpc-web") || lower.startsWith("grpc-web-")) {
      return GRPC_WEB;
    }
    int dash = lower.indexOf('-');
    String first = dash < 0 ? lower : lower.substring(0, dash);
    return first.isEmpty() ? AUTO : parse(first).orElse(AUTO);
  }

  /** How a listener treats the protocol. */
  public enum Kind {
    HTTP,
    TCP,
    AUTO,
    UDP
  }

  /** Returns how a listener treats it. */
  public Kind kind() {
    return switch (this) {
      case HTTP, HTTP_PROXY, HTTP2, GRPC, GRPC_WEB -> Kind.HTTP;
      case HTTPS, TLS, TCP, MONGO, REDIS, MYSQL -> Kind.TCP;
      case UDP -> Kind.UDP;
      case AUTO -> Kind.AUTO;
    };
  }

  public boolean isHttp() {
    return kind() == Kind.HTTP;
  }

  /** Whether the client speaks TLS that the proxy does not open. */
  public boolean isTls() {
    return this == HTTPS || this == TLS;
  }

  /** Whether the upstream is spoken to in HTTP/2. */
  public boolean isHttp2() {
    return this == HTTP2 || this == GRPC || this == GRPC_WEB;
  }

  /** Whether the server speaks first, so that nothing can be seen of the client. */
  public boolean isServerFirst() {
    return this == MONGO || this == MYSQL;
  }
}
