package dev.ballast.mesh.explain;

import com.google.re2j.Pattern;
import dev.ballast.mesh.model.Addresses;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Locale;
import java.util.Optional;

/** Whether Envoy's matchers take a request; a mismatch comes with its reason. */
final class Matching {
  private Matching() {}

  /** Why a chain does not take a connection; empty when it does. */
  static Optional<String> mismatch(
      FilterChainMatch match,
      String address,
      int port,
      String serverName,
      String transport,
      String protocol) {
    if (match.hasDestinationPort() && match.getDestinationPort().getValue() != port) {
      return Optional.of("it is for port " + match.getDestinationPort().getValue());
    }
    if (match.getPrefixRangesCount() > 0
        && (address.isEmpty()
            || match.getPrefixRangesList().stream()
                .noneMatch(range ->
                    Addresses.contains(
                        range.getAddressPrefix() + "/" + range.getPrefixLen().getValue(),
                        address)))) {
      return Optional.of(
          (address.isEmpty() ? "the address is not known" : address) + " is in none of its ranges");
    }
    if (match.getServerNamesCount() > 0
        && match.getServerNamesList().stream()
            .noneMatch(name -> serverNameMatches(name, serverName))) {
      return Optional.of(
          serverName.isEmpty()
              ? "the client names no server"
              : "it is for the server names " + match.getServerNamesList());
    }
    if (!match.getTransportProtocol().isEmpty()
        && !match.getTransportProtocol().equals(transport)) {
      return Optional.of(
          "it is for " + match.getTransportProtocol() + ", the client speaks " + transport);
    }
    if (match.getApplicationProtocolsCount() > 0
        && !match.getApplicationProtocolsList().contains(protocol)) {
      return Optional.of("it is for " + match.getApplicationProtocolsList());
    }
    return Optional.empty();
  }

  private static boolean serverNameMatches(String name, String server) {
    return name.startsWith("*.") ? server.endsWith(name.substring(1)) : name.equals(server);
  }

  /** How closely a chain matches: Envoy takes the closest, by these in order. */
  static long closeness(FilterChainMatch match) {
    long port = match.hasDestinationPort() ? 1 : 0;
    long range =
        match.getPrefixRangesList().stream()
            .mapToLong(each -> each.getPrefixLen().getValue() + 1)
            .max()
            .orElse(0);
    long name =
        match.getServerNamesList().stream()
            .mapToLong(each -> each.startsWith("*") ? each.length() : 1000L + each.length())
            .max()
            .orElse(0);
    long transport = match.getTransportProtocol().isEmpty() ? 0 : 1;
    long protocol = match.getApplicationProtocolsCount() > 0 ? 1 : 0;
    return ((((port * 1000 + range) * 10_000 + name) * 2 + transport) * 2) + protocol;
  }

  /** Why a route does not take a request; empty when it does. */
  static Optional<String> mismatch(RouteMatch match, HttpQuestion question) {
    boolean sensitive = !match.hasCaseSensitive() || match.getCaseSensitive().getValue();
    String path = sensitive ? question.pathOnly() : question.pathOnly().toLowerCase(Locale.ROOT);
    Optional<String> ofPath =
        switch (match.getPathSpecifierCase()) {
          case PREFIX ->
              path.startsWith(
                      sensitive ? match.getPrefix() : match.getPrefix().toLowerCase(Locale.ROOT))
                  ? Optional.empty()
                  : Optional.of("the path does not begin with " + match.getPrefix());
          case PATH ->
              path.equals(sensitive ? match.getPath() : match.getPath().toLowerCase(Locale.ROOT))
                  ? Optional.empty()
                  : Optional.of("the path is not " + match.getPath());
          case SAFE_REGEX ->
              Pattern.matches(match.getSafeRegex().getRegex(), question.pathOnly())
                  ? Optional.empty()
                  : Optional.of("the path does not match " + match.getSafeRegex().getRegex());
          default -> Optional.empty();
        };
    if (ofPath.isPresent()) {
      return ofPath;
    }
    for (HeaderMatcher header : match.getHeadersList()) {
      Optional<String> value = question.header(header.getName());
      boolean matches =
          header.hasStringMatch()
              ? value.isPresent() && matches(header.getStringMatch(), value.get())
              : value.isPresent();
      if (matches == header.getInvertMatch()) {
        return Optional.of(
            "header %s %s"
                .formatted(
                    header.getName(), value.map(each -> "is '" + each + "'").orElse("is missing")));
      }
    }
    for (QueryParameterMatcher parameter : match.getQueryParametersList()) {
      String value = question.query().get(parameter.getName());
      if (value == null
          || (parameter.hasStringMatch() && !matches(parameter.getStringMatch(), value))) {
        return Optional.of(
            "query parameter %s %s"
                .formatted(
                    parameter.getName(), value == null ? "is missing" : "is '" + value + "'"));
      }
    }
    return Optional.empty();
  }

  private static boolean matches(StringMatcher matcher, String value) {
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> value.equals(matcher.getExact());
      case PREFIX -> value.startsWith(matcher.getPrefix());
      case SAFE_REGEX -> Pattern.matches(matcher.getSafeRegex().getRegex(), value);
      default -> false;
    };
  }

  /** How closely a domain matches a host: exact, then the longest suffix, then all; 0 for not. */
  static int domain(String domain, String host) {
    if (domain.equals(host)) {
      return Integer.MAX_VALUE;
    }
    if (domain.equals("*")) {
      return 1;
    }
    if (domain.startsWith("*")
        && host.length() > domain.length() - 1
        && host.endsWith(domain.substring(1))) {
      return 1 + domain.length();
    }
    return 0;
  }
}
