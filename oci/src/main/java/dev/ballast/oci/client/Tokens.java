package dev.ballast.oci.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import dev.ballast.oci.http.Answer;
import dev.ballast.oci.http.Call;
import dev.ballast.oci.http.HttpClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The values of {@code Authorization} for registries: what a challenge asked for is kept, and sent
 * unasked from then on. Threads: any.
 */
final class Tokens {
  private static final int LARGEST = 1 << 20;

  /** Given by services that do not say how long. */
  private static final Duration SHORT = Duration.ofSeconds(60);

  /** A token is not used up to its last moment. */
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private final HttpClient http;
  private final Credentials.Source credentials;
  private final Map<String, Challenge> challenges = new ConcurrentHashMap<>();
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();

  private record Token(String value, long untilNanos) {}

  Tokens(HttpClient http, Credentials.Source credentials) {
    this.http = http;
    this.credentials = credentials;
  }

  /** Returns what to send unasked. */
  Optional<String> authorization(String registry, List<String> scopes) throws IOException {
    Optional<Challenge> known = Optional.ofNullable(challenges.get(registry));
    return known.isPresent() ? answer(registry, known.get(), scopes, false) : Optional.empty();
  }

  /**
   * Answers a registry that refused.
   *
   * @param secure whether it was asked under TLS; then its tokens are fetched so too
   * @return empty when there is nothing to answer with
   */
  Optional<String> authorization(
      String registry, List<String> headers, List<String> scopes, boolean secure)
      throws IOException {
    List<Challenge> read = Challenge.read(headers);
    for (String scheme : List.of("bearer", "basic")) {
      for (Challenge challenge : read) {
        if (challenge.scheme().equals(scheme)) {
          if (scheme.equals("bearer")
              && secure
              && !challenge.parameter("realm").startsWith("https://")) {
            throw new RegistryException(
                registry + " sends clients to a token service without TLS; nothing was sent to it");
          }
          challenges.put(registry, challenge);
          return answer(registry, challenge, scopes, true);
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> answer(
      String registry, Challenge challenge, List<String> scopes, boolean fresh) throws IOException {
    Credentials who = credentials.find(registry);
    if (who instanceof Credentials.RegistryToken token) {
      return Optional.of("Bearer " + token.token());
    }
    if (challenge.scheme().equals("basic")) {
      return who instanceof Credentials.Basic basic ? Optional.of(basic(basic)) : Optional.empty();
    }
    String key = registry + " " + String.join(" ", scopes);
    Optional<Token> kept = Optional.ofNullable(tokens.get(key));
    if (!fresh && kept.isPresent() && kept.get().untilNanos - System.nanoTime() > 0) {
      return Optional.of("Bearer " + kept.get().value);
    }
    List<String> asked =
        scopes.isEmpty() && !challenge.parameter("scope").isEmpty()
            ? List.of(challenge.parameter("scope"))
            : scopes;
    Token token = fetch(registry, challenge, who, asked);
    tokens.put(key, token);
    return Optional.of("Bearer " + token.value);
  }

  private static String basic(Credentials.Basic who) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((who.user() + ":" + who.password()).getBytes(StandardCharsets.UTF_8));
  }

  private Token fetch(String registry, Challenge challenge, Credentials who, List<String> scopes)
      throws IOException {
    String realm = challenge.parameter("realm");
    URI uri;
    try {
      uri = URI.create(realm);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(registry + " names no token service");
    }
    if (uri.getHost() == null || !String.valueOf(uri.getScheme()).matches("https?")) {
      throw new RegistryException(registry + " names no token service");
    }
    Call call =
        who instanceof Credentials.IdentityToken identity
            ? refresh(uri, challenge, identity, scopes)
            : ask(realm, challenge, who, scopes);
    try (Answer answer = http.send(call.header("User-Agent", Transport.AGENT))) {
      if (answer.status() != 200) {
        throw new RegistryException(
            answer.status(),
            "the token service "
                + uri.getHost()
                + " of "
                + registry
                + " refuses: status "
                + answer.status()
                + "; check the credentials");
      }
      ObjectNode body = Json.read(answer.bytes(LARGEST));
      String token = body.path("token").asText(body.path("access_token").asText());
      if (token.isEmpty() || token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
        throw new RegistryException("the token service of " + registry + " sends no token");
      }
      Duration lasts =
          body.path("expires_in").canConvertToInt() && body.path("expires_in").asInt() > 0
              ? Duration.ofSeconds(body.path("expires_in").asInt())
              : SHORT;
      return new Token(token, System.nanoTime() + lasts.minus(MARGIN).toNanos());
    }
  }

  private static Call ask(String realm, Challenge challenge, Credentials who, List<String> scopes) {
    StringBuilder uri = new StringBuilder(realm);
    char next = realm.contains("?") ? '&' : '?';
    if (!challenge.parameter("service").isEmpty()) {
      uri.append(next).append("service=").append(encoded(challenge.parameter("service")));
      next = '&';
    }
    for (String scope : scopes) {
      uri.append(next).append("scope=").append(encoded(scope));
      next = '&';
    }
    if (who instanceof Credentials.Basic basic) {
      uri.append(next).append("account=").append(encoded(basic.user()));
      return Call.of("GET", URI.create(uri.toString())).header("Authorization", basic(basic));
    }
    return Call.of("GET", URI.create(uri.toString()));
  }

  private static Call refresh(
      URI uri, Challenge challenge, Credentials.IdentityToken identity, List<String> scopes) {
    String form =
        "grant_type=refresh_token&client_id=ballast&service="
            + encoded(challenge.parameter("service"))
            + "&scope="
            + encoded(String.join(" ", scopes))
            + "&refresh_token="
            + encoded(identity.token());
    return Call.of("POST", uri)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
