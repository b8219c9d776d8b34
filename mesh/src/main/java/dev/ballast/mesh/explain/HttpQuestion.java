package dev.ballast.mesh.explain;

import dev.ballast.mesh.model.Addresses;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request that a program beside a proxy would make.
 *
 * @param tls whether the program itself speaks TLS
 * @param path with the query
 * @param headers by names in lower case
 */
public record HttpQuestion(
    String host,
    int port,
    boolean tls,
    boolean opaque,
    String method,
    String path,
    Map<String, String> headers) {
  public HttpQuestion {
    headers = Map.copyOf(headers);
  }

  /**
   * Reads a URL: http, https, or tcp for opaque bytes.
   *
   * @param headers lines {@code Name: value}
   */
  public static HttpQuestion parse(String url, String headers, String method) {
    URI uri;
    try {
      uri = new URI(url.contains("://") ? url : "http://" + url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("'%s' is no URL: %s".formatted(url, e.getReason()), e);
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    boolean known = scheme.equals("http") || scheme.equals("https") || scheme.equals("tcp");
    if (!known || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "'%s' is no URL that can be explained: write http://HOST[:PORT]/PATH, https://… or tcp://HOST:PORT"
              .formatted(url));
    }
    boolean tls = scheme.equals("https");
    if (scheme.equals("tcp") && uri.getPort() < 0) {
      throw new IllegalArgumentException("'%s' needs a port".formatted(url));
    }
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    Map<String, String> read = new TreeMap<>();
    headers
        .lines()
        .filter(line -> line.indexOf(':') > 0)
        .forEach(line ->
            read.put(
                line.substring(0, line.indexOf(':')).strip().toLowerCase(Locale.ROOT),
                line.substring(line.indexOf(':') + 1).strip()));
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    return new HttpQuestion(
        host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
        port,
        tls,
        scheme.equals("tcp"),
        method,
        path + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()),
        read);
  }

  /** Returns what the header Host says, without a port. */
  String authority() {
    String written = headers.get("host");
    return written == null ? host : written.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
  }

  String pathOnly() {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  Map<String, String> query() {
    Map<String, String> parameters = new LinkedHashMap<>();
    int at = path.indexOf('?');
    if (at >= 0) {
      for (String pair : path.substring(at + 1).split("&")) {
        int equals = pair.indexOf('=');
        parameters.put(
            equals < 0 ? pair : pair.substring(0, equals),
            equals < 0 ? "" : pair.substring(equals + 1));
      }
    }
    return parameters;
  }

  /** Returns a header, or one of the names that begin with a colon. */
  Optional<String> header(String name) {
    return switch (name) {
      case ":method" -> Optional.of(method);
      case ":authority" -> Optional.of(authority());
      case ":path" -> Optional.of(path);
      case ":scheme" -> Optional.of(tls ? "https" : "http");
      default -> Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    };
  }

  boolean isByAddress() {
    return Addresses.isIp(host);
  }
}
