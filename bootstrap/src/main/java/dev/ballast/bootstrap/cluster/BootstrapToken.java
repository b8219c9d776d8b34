package dev.ballast.bootstrap.cluster;

import static dev.ballast.bootstrap.data.Data.map;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.certificates.config.GoDuration;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A token that machines join with; the Secret it is stored in names its parts.
 *
 * @param expires empty when it never does
 */
public record BootstrapToken(
    String id,
    String secret,
    String description,
    Optional<Instant> expires,
    List<String> usages,
    List<String> groups) {
  private static final Pattern FORM = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  public static final String PREFIX = "bootstrap-token-";
  public static final String TYPE = "bootstrap.kubernetes.io/token";

  /** Returns a new one, {@code id.secret}. */
  public static String generate(SecureRandom random) {
    var token = new StringBuilder();
    for (int i = 0; i < 22; i++) {
      token.append(i == 6 ? "." : "").append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return token.toString();
  }

  public static boolean isToken(String text) {
    return FORM.matcher(text).matches();
  }

  /** Returns whether a text is the public part of a token. */
  public static boolean isId(String text) {
    return text.matches("[a-z0-9]{6}");
  }

  /**
   * Reads one of a configuration.
   *
   * @throws BootstrapFailure when it has not the form of a token
   */
  public static BootstrapToken of(Map<String, Object> given, Instant now) {
    var matcher = FORM.matcher(Data.text(given, "token"));
    if (!matcher.matches()) {
      throw new BootstrapFailure(
          "a bootstrap token does not have the form [a-z0-9]{6}.[a-z0-9]{16}",
          "make one with: ballast token generate");
    }
    Optional<Instant> expires =
        Data.at(given, "expires")
            .map(text -> Instant.parse(text.toString()))
            .or(() ->
                GoDuration.parse(Data.text(given, "ttl"))
                    .filter(Duration::isPositive)
                    .map(now::plus));
    return new BootstrapToken(
        matcher.group(1),
        matcher.group(2),
        Data.text(given, "description"),
        expires.map(instant -> instant.truncatedTo(ChronoUnit.SECONDS)),
        Data.textsAt(given, "usages"),
        Data.textsAt(given, "groups"));
  }

  /** Returns the Secret. */
  public Map<String, Object> object() {
    Map<String, Object> data = map("token-id", encoded(id), "token-secret", encoded(secret));
    if (!description.isEmpty()) {
      data.put("description", encoded(description));
    }
    expires.ifPresent(instant -> data.put("expiration", encoded(instant.toString())));
    usages.forEach(usage -> data.put("usage-bootstrap-" + usage, encoded("true")));
    if (!groups.isEmpty()) {
      data.put("auth-extra-groups", encoded(String.join(",", groups)));
    }
    return map(
        "apiVersion",
        "v1",
        "data",
        data,
        "kind",
        "Secret",
        "metadata",
        map("name", PREFIX + id, "namespace", "kube-system"),
        "type",
        TYPE);
  }

  /** Reads a Secret; empty when it is not one of a token. */
  public static Optional<BootstrapToken> read(Map<String, Object> secret) {
    if (!Data.text(secret, "type").equals(TYPE)) {
      return Optional.empty();
    }
    Map<String, Object> data = Data.mapAt(secret, "data");
    String id = decoded(data, "token-id");
    String key = decoded(data, "token-secret");
    if (!isToken(id + "." + key)) {
      return Optional.empty();
    }
    String groups = decoded(data, "auth-extra-groups");
    return Optional.of(
        new BootstrapToken(
            id,
            key,
            decoded(data, "description"),
            expiration(decoded(data, "expiration")),
            data.keySet().stream()
                .filter(name -> name.startsWith("usage-bootstrap-"))
                .filter(name -> decoded(data, name).equals("true"))
                .map(name -> name.substring("usage-bootstrap-".length()))
                .sorted()
                .toList(),
            groups.isEmpty() ? List.of() : List.of(groups.split(","))));
  }

  private static Optional<Instant> expiration(String text) {
    try {
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(java.time.OffsetDateTime.parse(text).toInstant());
    } catch (java.time.format.DateTimeParseException e) {
      return Optional.of(Instant.EPOCH);
    }
  }

  public String text() {
    return id + "." + secret;
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(Map<String, Object> data, String key) {
    try {
      return new String(Base64.getDecoder().decode(Data.text(data, key)), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** Names the public part only. */
  @Override
  public String toString() {
    return "token " + id;
  }
}
