package dev.ballast.oci.http;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which proxy a host is reached by, from the variables that curl and Go read. */
public record Proxies(Optional<URI> http, Optional<URI> https, List<String> direct) {
  /** Reaches every host directly. */
  public static final Proxies NONE = new Proxies(Optional.empty(), Optional.empty(), List.of());

  /** Reads {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, also in lower case. */
  public static Proxies of(Map<String, String> environment) {
    return new Proxies(
        proxy(environment, "HTTP_PROXY"),
        proxy(environment, "HTTPS_PROXY"),
        value(environment, "NO_PROXY").stream()
            .flatMap(text -> List.of(text.split("[,\\s]+")).stream())
            .filter(each -> !each.isEmpty())
            .map(each -> each.toLowerCase(Locale.ROOT))
            .toList());
  }

  private static Optional<URI> proxy(Map<String, String> environment, String name) {
    return value(environment, name)
        .map(text -> URI.create(text.contains("://") ? text : "http://" + text));
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name))
        .or(() -> Optional.ofNullable(environment.get(name.toLowerCase(Locale.ROOT))))
        .filter(text -> !text.isBlank());
  }

  Optional<URI> forUri(URI uri) {
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    if (isLoopback(host) || direct.stream().anyMatch(each -> covers(each, host, uri.getPort()))) {
      return Optional.empty();
    }
    return uri.getScheme().equals("https") ? https : http;
  }

  /** Returns whether a host is this machine. */
  public static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  private static boolean covers(String entry, String host, int port) {
    if (entry.equals("*")) {
      return true;
    }
    String name = entry;
    int colon = entry.lastIndexOf(':');
    if (colon > 0 && entry.indexOf(':') == colon) {
      if (!entry.substring(colon + 1).equals(String.valueOf(port))) {
        return false;
      }
      name = entry.substring(0, colon);
    }
    String suffix = name.startsWith(".") ? name : "." + name;
    return host.equals(name) || host.endsWith(suffix);
  }
}
