package dev.ballast.images.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ballast.images.store.Descriptor;
import dev.ballast.images.store.Digests;
import dev.ballast.images.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One repository of a registry: manifests and blobs, read and written. */
public final class Registry {
  private static final int LARGEST_MANIFEST = 4 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String MANIFESTS =
      "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,"
          + " application/vnd.docker.distribution.manifest.list.v2+json,"
          + " application/vnd.docker.distribution.manifest.v2+json";
  private static final Pattern PARAMETER = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  private final HttpClient http;
  private final Reference reference;
  private final URI base;
  private volatile @Nullable String authorization;

  private Registry(HttpClient http, Reference reference, boolean plain) {
    this.http = http;
    this.reference = reference;
    String host = reference.registry();
    boolean local = host.matches("(localhost|127\\.[0-9.]+|\\[::1])(:[0-9]+)?");
    String name = host.equals("docker.io") ? "registry-1.docker.io" : host;
    this.base =
        URI.create(
            (plain || local ? "http://" : "https://")
                + name
                + "/v2/"
                + reference.repository()
                + "/");
  }

  /**
   * Of the repository of a reference.
   *
   * @param plain whether to speak HTTP also to others than this machine
   */
  public static Registry of(Reference reference, boolean plain, Executor executor) {
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(executor)
            .connectTimeout(Duration.ofSeconds(20))
            .build();
    return new Registry(client, reference, plain);
  }

  /** A manifest as it was sent. */
  public record Manifest(Descriptor descriptor, byte[] bytes, JsonNode json) {}

  /** Gets the manifest of a tag or digest; what a digest names is checked. */
  public Manifest manifest(String target) throws IOException {
    HttpResponse<InputStream> answer =
        send(() -> request("manifests/" + target).header("Accept", MANIFESTS).GET(), "pull");
    byte[] bytes;
    try (InputStream body = answer.body()) {
      bytes = body.readNBytes(LARGEST_MANIFEST);
    }
    require(answer.statusCode() == 200, answer, "get manifest " + target, bytes);
    String digest = Digests.of(bytes);
    if (target.startsWith("sha256:") && !target.equals(digest)) {
      throw new IOException(reference + ": the manifest has digest " + digest + ", not " + target);
    }
    JsonNode json = new ObjectMapper().readTree(bytes);
    String type =
        json.path("mediaType").asText(answer.headers().firstValue("Content-Type").orElse(""));
    return new Manifest(new Descriptor(type, digest, bytes.length), bytes, json);
  }

  /** Gets a blob into the store. */
  public void pull(Descriptor blob, Store store) throws IOException {
    if (store.has(blob.digest())) {
      return;
    }
    HttpResponse<InputStream> answer = send(() -> request("blobs/" + blob.digest()).GET(), "pull");
    if (answer.statusCode() / 100 == 3) {
      URI elsewhere = answer.uri().resolve(answer.headers().firstValue("Location").orElseThrow());
      HttpRequest.Builder request = HttpRequest.newBuilder(elsewhere).timeout(PATIENCE);
      answer = sendOnce(request.GET().build());
    }
    try (InputStream body = answer.body()) {
      require(answer.statusCode() == 200, answer, "get blob " + blob.digest(), new byte[0]);
      store.put(blob, body);
    }
  }

  /** Puts a blob, unless the registry has it. */
  public void push(Descriptor blob, Path file) throws IOException {
    HttpResponse<InputStream> known =
        send(
            () -> request("blobs/" + blob.digest()).method("HEAD", BodyPublishers.noBody()),
            "pull,push");
    known.body().close();
    if (known.statusCode() == 200) {
      return;
    }
    HttpResponse<InputStream> begun =
        send(() -> request("blobs/uploads/").POST(BodyPublishers.noBody()), "pull,push");
    byte[] said = begun.body().readNBytes(4096);
    require(begun.statusCode() == 202, begun, "start the upload of " + blob.digest(), said);
    String location = base.resolve(begun.headers().firstValue("Location").orElseThrow()).toString();
    URI target =
        URI.create(location + (location.contains("?") ? "&" : "?") + "digest=" + blob.digest());
    HttpResponse<InputStream> done =
        send(
            () ->
                HttpRequest.newBuilder(target)
                    .timeout(PATIENCE.multipliedBy(20))
                    .header("Content-Type", "application/octet-stream")
                    .PUT(BodyPublishers.ofFile(file)),
            "pull,push");
    said = done.body().readNBytes(4096);
    require(done.statusCode() == 201, done, "upload " + blob.digest(), said);
  }

  /** Puts a manifest under a tag or its digest. */
  public void push(String target, String mediaType, byte[] manifest) throws IOException {
    HttpResponse<InputStream> answer =
        send(
            () ->
                request("manifests/" + target)
                    .header("Content-Type", mediaType)
                    .PUT(BodyPublishers.ofByteArray(manifest)),
            "pull,push");
    byte[] said = answer.body().readNBytes(4096);
    require(answer.statusCode() == 201, answer, "put manifest " + target, said);
  }

  private interface Maker {
    HttpRequest.Builder make() throws IOException;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE);
  }

  private HttpResponse<InputStream> send(Maker maker, String actions) throws IOException {
    HttpResponse<InputStream> answer = sendOnce(authorized(maker.make()).build());
    if (answer.statusCode() != 401) {
      return answer;
    }
    answer.body().close();
    authorization =
        authorize(answer.headers().firstValue("WWW-Authenticate").orElse(""), actions).orElse(null);
    return sendOnce(authorized(maker.make()).build());
  }

  private HttpRequest.Builder authorized(HttpRequest.Builder request) {
    String value = authorization;
    return value == null ? request : request.header("Authorization", value);
  }

  private HttpResponse<InputStream> sendOnce(HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while talking to " + reference.registry());
    } catch (IOException e) {
      throw new IOException(
          "cannot reach registry %s (%s): is it up, and does it speak %s?"
              .formatted(
                  reference.registry(),
                  e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(),
                  base.getScheme()),
          e);
    }
  }

  private Optional<String> authorize(String challenge, String actions) throws IOException {
    Optional<String> basic = Credentials.basic(reference.registry());
    if (challenge.regionMatches(true, 0, "Basic", 0, 5)) {
      return basic;
    }
    if (!challenge.regionMatches(true, 0, "Bearer", 0, 6)) {
      return Optional.empty();
    }
    String realm = "";
    String service = "";
    Matcher matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      switch (matcher.group(1)) {
        case "realm" -> realm = matcher.group(2);
        case "service" -> service = matcher.group(2);
        default -> {}
      }
    }
    String scope = "repository:" + reference.repository() + ":" + actions;
    URI uri =
        URI.create(
            realm
                + "?service="
                + URLEncoder.encode(service, StandardCharsets.UTF_8)
                + "&scope="
                + URLEncoder.encode(scope, StandardCharsets.UTF_8));
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
    basic.ifPresent(value -> request.header("Authorization", value));
    HttpResponse<InputStream> answer = sendOnce(request.GET().build());
    byte[] bytes = answer.body().readNBytes(LARGEST_MANIFEST);
    require(answer.statusCode() == 200, answer, "get a token", new byte[0]);
    JsonNode json = new ObjectMapper().readTree(bytes);
    return Optional.of("Bearer " + json.path("token").asText(json.path("access_token").asText()));
  }

  private void require(boolean good, HttpResponse<?> answer, String what, byte[] said)
      throws IOException {
    if (!good) {
      String text = new String(said, StandardCharsets.UTF_8).strip();
      String next =
          switch (answer.statusCode()) {
            case 401, 403 -> "; log in with `docker login " + reference.registry() + "`";
            case 404 -> "; check the name";
            default -> "";
          };
      throw new IOException(
          "%s: cannot %s: the registry answered %d%s%s"
              .formatted(
                  reference,
                  what,
                  answer.statusCode(),
                  text.isEmpty() ? "" : " (" + text + ")",
                  next));
    }
  }
}
