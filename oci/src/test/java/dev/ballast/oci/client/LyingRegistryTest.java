package dev.ballast.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Ends;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.http.HttpHandler;
import dev.ballast.oci.http.HttpServer;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registry may do to a client. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LyingRegistryTest {
  private static final byte[] CONTENT = new byte[2 << 20];
  private static final Descriptor BLOB;

  static {
    new Random(1).nextBytes(CONTENT);
    BLOB = Descriptor.of(MediaTypes.BYTES, Digest.of(CONTENT), CONTENT.length);
  }

  @TempDir private Path work;
  private Ends ends;
  private ContentStore store;
  private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws IOException {
    ends = new Ends(work);
    store = ContentStore.open(work.resolve("store"));
  }

  @AfterEach
  void end() throws Exception {
    ends.close();
  }

  private HttpServer server(HttpHandler handler) throws IOException {
    return ends.add(
        HttpServer.open(
            new InetSocketAddress("127.0.0.1", 0),
            HttpServer.Options.plain(),
            ends.scheduler().threadFactory(),
            (request, response) -> {
              if (request.path().equals("/v2/")) {
                response.send(200);
              } else {
                handler.handle(request, response);
              }
            }));
  }

  private RemoteRepository at(HttpServer server) throws IOException {
    return at(server, Ends.options());
  }

  private RemoteRepository at(HttpServer server, ClientOptions options) throws IOException {
    RegistryClient client = ends.client(options.withPause(pauses::add));
    String host = "127.0.0.1:" + server.address().getPort();
    client.useWithoutTls(host);
    return client.repository(host, new RepositoryName("a/b"));
  }

  private boolean isInStore() throws IOException {
    return store.has(BLOB.digest()) || !isEmpty(work.resolve("store/incoming"));
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  @Test
  void other_content_than_was_asked_for_is_not_kept() throws Exception {
    byte[] other = CONTENT.clone();
    other[CONTENT.length - 1] ^= 1;
    RemoteRepository repository = at(server((_, response) -> response.send(200, other)));

    assertThatThrownBy(() -> repository.pull(BLOB, store)).hasMessageContaining("not sha256:");
    assertThat(isInStore()).isFalse();
  }

  @Test
  void more_than_was_announced_is_not_read() throws Exception {
    byte[] more = new byte[CONTENT.length + 1];
    RemoteRepository repository = at(server((_, response) -> response.send(200, more)));

    assertThatThrownBy(() -> repository.pull(BLOB, store)).hasMessageContaining("sends more than");
    assertThat(isInStore()).isFalse();
  }

  @Test
  void less_than_was_announced_is_no_blob() throws Exception {
    RemoteRepository repository = at(server((_, response) -> response.send(200, new byte[10])));

    assertThatThrownBy(() -> repository.pull(BLOB, store)).isInstanceOf(IOException.class);
    assertThat(isInStore()).isFalse();
  }

  @Test
  void a_manifest_under_the_wrong_digest_is_refused() throws Exception {
    byte[] manifest = "{\"schemaVersion\":2}".getBytes(StandardCharsets.UTF_8);
    RemoteRepository repository =
        at(
            server((_, response) ->
                response
                    .header("Content-Type", MediaTypes.OCI_MANIFEST)
                    .header("Docker-Content-Digest", BLOB.digest().toString())
                    .send(200, manifest)));

    assertThatThrownBy(() -> repository.manifest("latest")).hasMessageContaining("came as");
    assertThatThrownBy(() -> repository.manifest(BLOB.digest().toString()))
        .hasMessageContaining("came as");
  }

  @Test
  void a_manifest_without_an_end_is_not_read_to_it() throws Exception {
    RemoteRepository repository =
        at(
            server((_, response) -> {
              Response.Body body = response.begin(200, 1L << 40);
              while (true) {
                body.write(ByteBuffer.wrap(new byte[64 << 10]));
              }
            }));

    assertThatThrownBy(() -> repository.manifest("latest")).hasMessageContaining("larger than");
  }

  @Test
  void a_broken_connection_is_resumed_where_it_broke() throws Exception {
    List<String> ranges = Collections.synchronizedList(new ArrayList<>());
    RemoteRepository repository =
        at(
            server((request, response) -> {
              String range = request.header("Range").orElse("bytes=0-");
              ranges.add(range);
              int first = Integer.parseInt(range.replaceAll("[^0-9]", ""));
              int count = Math.min(600_000, CONTENT.length - first);
              if (first > 0) {
                response.header(
                    "Content-Range",
                    "bytes " + first + "-" + (CONTENT.length - 1) + "/" + CONTENT.length);
              }
              Response.Body body = response.begin(first > 0 ? 206 : 200, CONTENT.length - first);
              body.write(ByteBuffer.wrap(CONTENT, first, count));
              // Not all: the connection breaks here.
              if (first + count == CONTENT.length) {
                response.end();
              }
            }));

    repository.pull(BLOB, store);

    assertThat(store.read(BLOB.digest(), CONTENT.length)).contains(CONTENT);
    assertThat(ranges).hasSizeGreaterThan(2).first().isEqualTo("bytes=0-");
    assertThat(ranges.get(1)).isNotEqualTo("bytes=0-");
  }

  @Test
  void a_registry_under_load_is_asked_again_when_it_says() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    RemoteRepository repository =
        at(
            server((_, response) -> {
              switch (asked.incrementAndGet()) {
                case 1 -> response.header("Retry-After", "7").send(429);
                case 2 -> response.send(500);
                case 3 -> response.header("Retry-After", "100000").send(503);
                default -> response.send(200, CONTENT);
              }
            }));

    repository.pull(BLOB, store);

    assertThat(store.has(BLOB.digest())).isTrue();
    assertThat(pauses).hasSize(3);
    assertThat(pauses.get(0)).isEqualTo(Duration.ofSeconds(7));
    assertThat(pauses.get(2)).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void a_registry_that_only_fails_is_given_up() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    RemoteRepository repository =
        at(
            server((_, response) -> {
              asked.incrementAndGet();
              response.send(500);
            }));

    assertThatThrownBy(() -> repository.manifest("latest"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("500");
    assertThat(asked).hasValue(5);
  }

  @Test
  void redirects_in_circles_end() throws Exception {
    RemoteRepository repository =
        at(server((request, response) -> response.header("Location", request.path()).send(307)));

    assertThatThrownBy(() -> repository.pull(BLOB, store)).hasMessageContaining("circles");
  }

  @Test
  void credentials_stay_with_the_host_that_they_are_for() throws Exception {
    List<Optional<String>> seen = Collections.synchronizedList(new ArrayList<>());
    HttpServer elsewhere =
        server((request, response) -> {
          seen.add(request.header("Authorization"));
          response.send(200, CONTENT);
        });
    AtomicInteger authorized = new AtomicInteger();
    HttpServer registry =
        server((request, response) -> {
          if (request.header("Authorization").isEmpty()) {
            response.header("WWW-Authenticate", "Basic realm=\"x\"").send(401);
            return;
          }
          authorized.incrementAndGet();
          response
              .header("Location", "http://127.0.0.1:" + elsewhere.address().getPort() + "/blob")
              .send(307);
        });
    RemoteRepository repository =
        at(registry, Ends.options().withCredentials(_ -> new Credentials.Basic("ann", "s3cret")));

    repository.pull(BLOB, store);

    assertThat(authorized).hasValue(1);
    assertThat(seen).containsExactly(Optional.empty());
  }

  @Test
  void a_registry_that_answers_in_another_protocol_is_an_error() throws Exception {
    try (java.net.ServerSocket socket =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      Thread answer =
          ends.scheduler()
              .threadFactory()
              .newThread(() -> {
                try {
                  while (true) {
                    try (var client = socket.accept()) {
                      client
                          .getOutputStream()
                          .write("SSH-2.0-x\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                    }
                  }
                } catch (IOException e) {
                  // The test is over.
                }
              });
      answer.start();
      RegistryClient client = ends.client(Ends.options().withPause(pauses::add));
      String host = "127.0.0.1:" + socket.getLocalPort();
      client.useWithoutTls(host);

      assertThatThrownBy(() -> client.repository(host, new RepositoryName("a")).manifest("b"))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void one_that_does_not_answer_is_given_up_in_time() throws Exception {
    try (java.net.ServerSocket socket =
        new java.net.ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
      RegistryClient client =
          ends.client(
              Ends.options()
                  .withPause(pauses::add)
                  .withAttempts(2)
                  .withPatience(Duration.ofMillis(300)));
      String host = "127.0.0.1:" + socket.getLocalPort();
      client.useWithoutTls(host);

      assertThatThrownBy(() -> client.repository(host, new RepositoryName("a")).manifest("b"))
          .isInstanceOf(IOException.class);
      assertThat(pauses).hasSize(1);
    }
  }

  @Test
  void a_push_goes_on_behind_what_has_arrived() throws Exception {
    Ends.Ours ours = ends.ours("ours");
    AtomicInteger cuts = new AtomicInteger();
    HttpServer cutting = server((request, response) -> cut(ours, request, response, cuts));
    RemoteRepository repository = at(cutting);

    repository.push(
        BLOB,
        (BlobSource.Stream)
            offset ->
                new ByteArrayInputStream(CONTENT, (int) offset, CONTENT.length - (int) offset),
        Optional.empty());

    assertThat(cuts).hasValue(1);
    assertThat(ours.store().read(BLOB.digest(), CONTENT.length)).contains(CONTENT);
  }

  /** Passes requests on, and cuts the first large one in the middle, when a part has arrived. */
  private void cut(Ends.Ours ours, Request request, Response response, AtomicInteger cuts)
      throws IOException {
    dev.ballast.oci.http.Call call =
        dev.ballast.oci.http.Call.of(
            request.method(),
            java.net.URI.create(
                "http://"
                    + ours.host()
                    + request.path()
                    + request.parameter("digest").map(d -> "?digest=" + d).orElse("")));
    request.header("Content-Range").ifPresent(range -> call.header("Content-Range", range));
    boolean cut = request.length() > 1 << 20 && cuts.get() == 0;
    if (cut) {
      cuts.incrementAndGet();
    } else if (!request.method().equals("GET")) {
      call.body(request.body().readAllBytes());
    }
    var http =
        ends.add(
            new dev.ballast.oci.http.HttpClient(
                new dev.ballast.oci.http.HttpClient.Options(
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Ends.options().tls(),
                    false,
                    dev.ballast.oci.http.Proxies.NONE),
                ends.scheduler().threadFactory()));
    try (var answer =
        http.send(
            cut
                ? dev.ballast.oci.http.Call.of("PATCH", call.uri())
                    .header("Content-Range", "0-999999")
                    .body(request.body(), 1_000_000)
                : call)) {
      if (cut) {
        throw new java.io.EOFException("cut");
      }
      for (String header : List.of("Location", "Range", "Docker-Content-Digest")) {
        answer.header(header).ifPresent(value -> response.header(header, value));
      }
      if (answer.status() == 204) {
        response.send(204);
      } else {
        response.send(answer.status(), answer.bytes(1 << 20));
      }
    }
  }
}
