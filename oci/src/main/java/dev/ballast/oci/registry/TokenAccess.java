package dev.ballast.oci.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Lets in those who bring a token for what they ask, as Docker's registries do; and gives tokens to
 * the users of a file, unless another service does that.
 */
public final class TokenAccess implements Access {
  private static final Duration LASTS = Duration.ofMinutes(5);
  private static final Duration REFRESH_LASTS = Duration.ofDays(30);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final int LARGEST_FORM = 16 << 10;
  private static final int MOST_SCOPES = 64;
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:\\[\\]_-]{1,255}");

  private final Options options;
  private final Optional<Htpasswd> users;
  private final Optional<PrivateKey> key;
  private final List<X509Certificate> chain;
  private final List<PublicKey> trusted;
  private final InstantSource clock;

  /**
   * What tokens say.
   *
   * @param realm where clients get them; empty for {@code /token} of this registry
   * @param anonymousPull whether those without a name get tokens to read
   */
  public record Options(String realm, String service, String issuer, boolean anonymousPull) {}

  private TokenAccess(
      Options options,
      Optional<Htpasswd> users,
      Optional<PrivateKey> key,
      List<X509Certificate> chain,
      List<PublicKey> trusted,
      InstantSource clock) {
    this.options = options;
    this.users = users;
    this.key = key;
    this.chain = List.copyOf(chain);
    this.trusted = List.copyOf(trusted);
    this.clock = clock;
  }

  /** Gives tokens that are good until this registry ends, by a key that nobody else has. */
  public static TokenAccess own(Options options, Htpasswd users, InstantSource clock) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair pair = generator.generateKeyPair();
      return new TokenAccess(
          options,
          Optional.of(users),
          Optional.of(pair.getPrivate()),
          List.of(),
          List.of(pair.getPublic()),
          clock);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has EC keys", e);
    }
  }

  /** Gives tokens by a key that other registries trust too. */
  public static TokenAccess signing(
      Options options,
      Htpasswd users,
      PrivateKey key,
      List<X509Certificate> chain,
      InstantSource clock) {
    return new TokenAccess(
        options,
        Optional.of(users),
        Optional.of(key),
        chain,
        List.of(chain.getFirst().getPublicKey()),
        clock);
  }

  /** Takes the tokens of another service. */
  public static TokenAccess trusting(
      Options options, List<X509Certificate> signers, InstantSource clock) {
    return new TokenAccess(
        options,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        signers.stream().map(X509Certificate::getPublicKey).toList(),
        clock);
  }

  @Override
  public Rights admit(Request request, Response response, Route route, boolean reads)
      throws IOException {
    Map<String, Set<String>> needed = needed(route, request.method(), reads);
    Optional<ObjectNode> claims =
        request
            .header("Authorization")
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
            .flatMap(value -> Jwt.verify(value.substring(7).strip(), trusted))
            .filter(this::isValid)
            .filter(found -> found.path("refresh").isMissingNode());
    if (claims.isPresent()) {
      Map<String, Set<String>> granted = granted(claims.get());
      if (needed.entrySet().stream()
          .allMatch(
              each -> granted.getOrDefault(each.getKey(), Set.of()).containsAll(each.getValue()))) {
        return name ->
            granted.getOrDefault("repository:" + name, Set.of()).contains("pull")
                || route instanceof Route.Catalog;
      }
    }
    StringBuilder challenge = new StringBuilder();
    challenge.append("Bearer realm=\"").append(realm(request));
    challenge.append("\",service=\"").append(options.service()).append('"');
    needed.forEach((what, actions) ->
        challenge
            .append(",scope=\"")
            .append(what)
            .append(':')
            .append(String.join(",", actions.stream().sorted().toList()))
            .append('"'));
    if (claims.isPresent()) {
      challenge.append(",error=\"insufficient_scope\"");
    }
    response.header("WWW-Authenticate", challenge.toString());
    throw new RegistryError(ErrorCode.UNAUTHORIZED, "authentication required");
  }

  private String realm(Request request) {
    if (!options.realm().isEmpty()) {
      return options.realm();
    }
    String host =
        request.header("Host").filter(text -> HOST.matcher(text).matches()).orElse("localhost");
    return (request.isSecure() ? "https://" : "http://") + host + "/token";
  }

  private static Map<String, Set<String>> needed(Route route, String method, boolean reads) {
    return switch (route) {
      case Route.Catalog _ -> Map.of("registry:catalog", Set.of("*"));
      case Route.OfRepository at ->
          Map.of(
              "repository:" + at.name(),
              reads
                  ? Set.of("pull")
                  : method.equals("DELETE") && !(route instanceof Route.OneUpload)
                      ? Set.of("delete")
                      : Set.of("pull", "push"));
      case Route.Base _, Route.TokenService _ -> Map.of();
    };
  }

  private boolean isValid(ObjectNode claims) {
    Instant now = clock.instant();
    boolean audience = false;
    JsonNode aud = claims.path("aud");
    if (aud.isArray()) {
      for (JsonNode each : aud) {
        audience |= each.asText().equals(options.service());
      }
    } else {
      audience = aud.asText().equals(options.service());
    }
    return audience
        && claims.path("iss").asText().equals(options.issuer())
        && claims.path("exp").asLong() > now.minus(SKEW).getEpochSecond()
        && claims.path("nbf").asLong(0) < now.plus(SKEW).getEpochSecond();
  }

  private static Map<String, Set<String>> granted(ObjectNode claims) {
    Map<String, Set<String>> granted = new HashMap<>();
    for (JsonNode each : claims.path("access")) {
      Set<String> actions =
          granted.computeIfAbsent(
              each.path("type").asText() + ":" + each.path("name").asText(), _ -> new HashSet<>());
      each.path("actions").forEach(action -> actions.add(action.asText()));
    }
    return granted;
  }

  @Override
  public void token(Request request, Response response) throws IOException {
    if (users.isEmpty()) {
      Access.super.token(request, response);
      return;
    }
    switch (request.method()) {
      case "GET" -> answer(request, response);
      case "POST" -> answerForm(request, response);
      default -> throw new RegistryError(ErrorCode.UNSUPPORTED, "a token is asked for by GET");
    }
  }

  private void answer(Request request, Response response) throws IOException {
    Optional<BasicAccess.Claim> claim = BasicAccess.Claim.of(request);
    if (claim.isPresent() && !isRight(claim.get())) {
      refuse(response);
    }
    if (claim.isEmpty() && !options.anonymousPull()) {
      refuse(response);
    }
    boolean offline = request.parameter("offline_token").filter("true"::equals).isPresent();
    give(
        claim.map(BasicAccess.Claim::user).orElse(""),
        request.parameters("scope"),
        offline && claim.isPresent(),
        response);
  }

  private boolean isRight(BasicAccess.Claim claim) {
    return users.isPresent() && users.get().isRight(claim.user(), claim.password());
  }

  private static void refuse(Response response) throws RegistryError {
    response.header("WWW-Authenticate", "Basic realm=\"ballast\", charset=\"UTF-8\"");
    throw new RegistryError(ErrorCode.UNAUTHORIZED, "authentication required");
  }

  /** OAuth 2, as some clients ask. */
  private void answerForm(Request request, Response response) throws IOException {
    byte[] body = request.body().readNBytes(LARGEST_FORM);
    Map<String, String> form = new HashMap<>();
    for (String each : new String(body, StandardCharsets.UTF_8).split("&", -1)) {
      int equals = each.indexOf('=');
      if (equals > 0) {
        form.put(each.substring(0, equals), decoded(each.substring(equals + 1)));
      }
    }
    String user =
        switch (form.getOrDefault("grant_type", "")) {
          case "password" -> {
            String name = form.getOrDefault("username", "");
            if (!isRight(new BasicAccess.Claim(name, form.getOrDefault("password", "")))) {
              refuse(response);
            }
            yield name;
          }
          case "refresh_token" -> {
            Optional<ObjectNode> claims =
                Jwt.verify(form.getOrDefault("refresh_token", ""), trusted)
                    .filter(this::isValid)
                    .filter(found -> found.path("refresh").asBoolean());
            if (claims.isEmpty()) {
              refuse(response);
            }
            yield claims.map(found -> found.path("sub").asText()).orElse("");
          }
          default -> throw new RegistryError(400, ErrorCode.UNSUPPORTED, "unsupported grant_type");
        };
    give(
        user,
        List.of(form.getOrDefault("scope", "").split(" ")),
        form.getOrDefault("access_type", "").equals("offline"),
        response);
  }

  private static String decoded(String text) throws RegistryError {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new RegistryError(400, ErrorCode.UNSUPPORTED, "not a form");
    }
  }

  private void give(String user, List<String> scopes, boolean offline, Response response)
      throws IOException {
    ObjectNode claims = claims(user, LASTS);
    ArrayNode access = claims.putArray("access");
    scopes.stream()
        .flatMap(scope -> List.of(scope.split(" ", -1)).stream())
        .limit(MOST_SCOPES)
        .forEach(scope -> grant(user, scope, access));
    PrivateKey signer = key.orElseThrow();
    String token = Jwt.sign(claims, signer, chain);
    ObjectNode answer =
        Json.object()
            .put("token", token)
            .put("access_token", token)
            .put("expires_in", LASTS.toSeconds())
            .put("issued_at", clock.instant().toString());
    if (offline) {
      answer.put(
          "refresh_token",
          Jwt.sign(claims(user, REFRESH_LASTS).put("refresh", true), signer, chain));
    }
    response
        .header("Content-Type", "application/json")
        .header("Cache-Control", "no-store")
        .send(200, Json.bytes(answer));
  }

  private ObjectNode claims(String user, Duration lasts) {
    Instant now = clock.instant();
    return Json.object()
        .put("iss", options.issuer())
        .put("sub", user)
        .put("aud", options.service())
        .put("exp", now.plus(lasts).getEpochSecond())
        .put("nbf", now.minusSeconds(10).getEpochSecond())
        .put("iat", now.getEpochSecond())
        .put("jti", UUID.randomUUID().toString());
  }

  private static void grant(String user, String scope, ArrayNode access) {
    int first = scope.indexOf(':');
    int last = scope.lastIndexOf(':');
    if (first <= 0 || last <= first) {
      return;
    }
    ObjectNode entry =
        Json.object()
            .put("type", scope.substring(0, first))
            .put("name", scope.substring(first + 1, last));
    ArrayNode actions = entry.putArray("actions");
    for (String action : scope.substring(last + 1).split(",", -1)) {
      if (!user.isEmpty() || action.equals("pull")) {
        actions.add(action);
      }
    }
    access.add(entry);
  }
}
