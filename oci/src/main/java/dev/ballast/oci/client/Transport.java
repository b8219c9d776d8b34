package dev.ballast.oci.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ballast.oci.Json;
import dev.ballast.oci.http.Answer;
import dev.ballast.oci.http.Call;
import dev.ballast.oci.http.HttpClient;
import dev.ballast.oci.http.Proxies;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLException;

/** Sends calls to registries: with credentials, redirects and retries. Threads: any. */
final class Transport implements AutoCloseable {
  static final String AGENT = "ballast";
  private static final int MOST_REDIRECTS = 5;
  private static final int LARGEST_ERROR = 64 << 10;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private final HttpClient http;
  private final Tokens tokens;
  private final ClientOptions options;
  private final Map<String, String> schemes = new ConcurrentHashMap<>();

  Transport(ClientOptions options, ThreadFactory tasks) throws IOException {
    this.options = options;
    this.http =
        new HttpClient(
            new HttpClient.Options(
                options.connectTimeout(),
                options.patience(),
                options.tls(),
                options.verifiesTls(),
                options.proxies()),
            tasks);
    this.tokens = new Tokens(http, options.credentials());
  }

  ClientOptions options() {
    return options;
  }

  void useWithoutTls(String registry) {
    schemes.put(registry, "http");
  }

  /** Returns where a registry answers. */
  URI base(String registry) throws IOException {
    String host = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    String scheme = schemes.getOrDefault(registry, "");
    if (scheme.isEmpty()) {
      scheme = scheme(host);
      schemes.put(registry, scheme);
    }
    return URI.create(scheme + "://" + host);
  }

  /**
   * Only a registry on this machine, or one that need not be verified, may be without TLS: then it
   * is asked which it is.
   */
  private String scheme(String host) throws IOException {
    String name = host.replaceFirst(":[0-9]+$", "");
    if (options.verifiesTls() && !Proxies.isLoopback(name)) {
      return "https";
    }
    try (Answer _ = http.send(Call.of("GET", URI.create("https://" + host + "/v2/")))) {
      return "https";
    } catch (SSLException e) {
      String text = String.valueOf(e.getMessage());
      if (text.contains("plaintext") || text.contains("Unsupported or unrecognized")) {
        return "http";
      }
      throw e;
    } catch (ConnectException e) {
      // Nobody at 443; perhaps at 80.
      if (host.equals(name)) {
        return "http";
      }
      throw e;
    } catch (IOException e) {
      return "http";
    }
  }

  /** Something that is done again when it failed by the network or the registry's load. */
  interface Attempt<T> {
    T run() throws IOException;
  }

  /** Tries until it works, cannot work, or was tried often enough. */
  <T> T repeat(Attempt<T> attempt) throws IOException {
    for (int i = 1; ; i++) {
      try {
        return attempt.run();
      } catch (BusyException e) {
        if (i >= options.attempts()) {
          throw new RegistryException(e.status, String.valueOf(e.getMessage()));
        }
        pause(e.after.orElse(backOff(i)));
      } catch (RegistryException | SSLException | java.net.UnknownHostException e) {
        throw e;
      } catch (HttpClient.SourceException e) {
        throw e;
      } catch (IOException e) {
        if (i >= options.attempts() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        pause(backOff(i));
      }
    }
  }

  private static Duration backOff(int failures) {
    long base = 100L << Math.min(failures, 6);
    return Duration.ofMillis(base / 2 + ThreadLocalRandom.current().nextLong(base / 2 + 1));
  }

  private void pause(Duration time) throws IOException {
    try {
      options.pause().sleep(time.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a registry", e);
    }
  }

  /** A registry asks for patience. */
  static final class BusyException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final transient Optional<Duration> after;

    BusyException(int status, Optional<Duration> after, String message) {
      super(message);
      this.status = status;
      this.after = after;
    }
  }

  /**
   * Sends a call once, with credentials, and follows redirects.
   *
   * @param scopes what the call does, for token services
   * @throws BusyException for what {@link #repeat} should try again
   */
  Answer send(String registry, Call call, List<String> scopes) throws IOException {
    call.header("User-Agent", AGENT);
    tokens.authorization(registry, scopes).ifPresent(value -> call.header("Authorization", value));
    Answer answer = followed(registry, call);
    if (answer.status() == 401 && call.isRepeatable()) {
      List<String> challenges = answer.headers().all("WWW-Authenticate");
      answer.close();
      Optional<String> value =
          tokens.authorization(
              registry, challenges, scopes, call.uri().getScheme().equals("https"));
      if (value.isEmpty()) {
        throw new RegistryException(
            401,
            registry
                + " answers 401: it does not know who you are; log in, as with docker login "
                + registry);
      }
      answer = followed(registry, call.copy().header("Authorization", value.get()));
    }
    int status = answer.status();
    if (status == 429 || status == 500 || status == 502 || status == 503 || status == 504) {
      try (Answer _ = answer) {
        throw new BusyException(
            status,
            answer.header("Retry-After").flatMap(Transport::retryAfter),
            said(registry, call, answer));
      }
    }
    return answer;
  }

  private static Optional<Duration> retryAfter(String value) {
    if (value.matches("[0-9]{1,6}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant at = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(Instant.now(), at);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Follows redirects of reads. What proves who we are stays with the host it is for. */
  private Answer followed(String registry, Call first) throws IOException {
    Call call = first;
    for (int i = 0; ; i++) {
      Answer answer = http.send(call);
      int status = answer.status();
      boolean redirects =
          status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
      if (!redirects || !(call.method().equals("GET") || call.method().equals("HEAD"))) {
        return answer;
      }
      answer.close();
      if (i == MOST_REDIRECTS) {
        throw new RegistryException(registry + " redirects in circles");
      }
      URI to = location(call.uri(), answer, registry);
      if (call.uri().getScheme().equals("https") && !to.getScheme().equals("https")) {
        throw new RegistryException(registry + " redirects to " + to.getHost() + " without TLS");
      }
      boolean same =
          to.getScheme().equals(call.uri().getScheme())
              && to.getAuthority().equals(call.uri().getAuthority());
      call = call.redirected(to, same);
    }
  }

  /** Reads where an answer says that something is. */
  static URI location(URI from, Answer answer, String registry) throws RegistryException {
    String text = answer.header("Location").orElse("");
    try {
      URI to = from.resolve(text);
      if (!text.isEmpty()
          && to.getHost() != null
          && String.valueOf(to.getScheme()).matches("https?")) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new RegistryException(registry + " answers " + answer.status() + " without a Location");
  }

  /** Returns a failure that quotes what the registry says. */
  static RegistryException refused(String registry, Call call, Answer answer) {
    return new RegistryException(answer.status(), said(registry, call, answer));
  }

  private static String said(String registry, Call call, Answer answer) {
    StringBuilder said = new StringBuilder();
    said.append(registry)
        .append(" answers ")
        .append(call.method())
        .append(' ')
        .append(call.uri().getPath())
        .append(" with ")
        .append(answer.status());
    try {
      JsonNode errors = Json.read(answer.bytes(LARGEST_ERROR)).path("errors");
      for (JsonNode each : errors) {
        String text = each.path("code").asText() + ": " + each.path("message").asText();
        said.append("; ").append(text, 0, Math.min(text.length(), 300));
      }
    } catch (IOException e) {
      // It says nothing more.
    }
    return said.toString().replaceAll("\\p{Cntrl}", " ");
  }

  @Override
  public void close() {
    http.close();
  }
}
