package dev.ballast.oci.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.oci.Digest;
import dev.ballast.oci.Ends;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.testkit.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may do to a registry. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class HostileClientTest {
  private static final String HEX = "0".repeat(64);

  @TempDir private Path work;
  private Ends ends;
  private Ends.Ours ours;

  @BeforeEach
  void start() throws IOException {
    ends = new Ends(work);
    RegistryOptions options = RegistryOptions.open();
    ours =
        ends.ours(
            "inside/store", options.withHttp(options.http().withPatience(Duration.ofMillis(500))));
    Files.writeString(work.resolve("inside/secret"), "secret");
  }

  @AfterEach
  void end() throws Exception {
    ends.close();
  }

  private String ask(String request) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", ours.server().address().getPort()));
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return all(socket.getInputStream());
    }
  }

  private static String all(InputStream in) throws IOException {
    java.io.ByteArrayOutputStream text = new java.io.ByteArrayOutputStream();
    try {
      byte[] buffer = new byte[64 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        text.write(buffer, 0, n);
      }
    } catch (SocketException e) {
      text.writeBytes("[reset]".getBytes(StandardCharsets.ISO_8859_1));
    }
    return text.toString(StandardCharsets.ISO_8859_1);
  }

  private String get(String method, String path) throws IOException {
    return ask(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            + "Content-Length: 0\r\n\r\n");
  }

  private Set<String> files() throws IOException {
    try (var all = Files.walk(work)) {
      return new TreeSet<>(all.map(path -> work.relativize(path).toString()).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/../../secret/manifests/latest",
        "/v2/a/%2e%2e/%2e%2e/manifests/latest",
        "/v2/a/manifests/..%2f..%2f..%2fsecret",
        "/v2/a/blobs/sha256:../../../secret",
        "/v2/a/blobs/sha256:%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret",
        "/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e",
        "/v2/a/blobs/sha256:ABCDEF",
        "/v2/_blobs/sha256/manifests/x",
        "/v2/a/_uploads/b/manifests/x",
        "/v2/.hidden/manifests/x",
        "/v2/a/blobs/uploads/..%2f..%2f..%2f..%2f..%2fsecret",
        "/v2/a/blobs/uploads/x%00y",
        "/v2/a/referrers/sha256:../../x",
        "/v2//manifests/x",
        "/v2/a/../b/tags/list",
        "/v2/A/tags/list",
        "/v3/a/tags/list",
        "/%2e%2e/%2e%2e/etc/passwd"
      })
  void tricks_with_paths_lead_nowhere(String path) throws IOException {
    Set<String> before = files();

    for (String method : List.of("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")) {
      String answer = get(method, path);

      assertThat(answer).as(method).matches("(?s)HTTP/1.1 4\\d\\d .*").doesNotContain("secret\"");
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void a_name_as_long_as_a_path_is_refused() throws IOException {
    assertThat(get("GET", "/v2/" + "a/".repeat(3000) + "b/tags/list")).contains("NAME_INVALID");
    assertThat(get("GET", "/v2/" + "a".repeat(20_000) + "/tags/list")).startsWith("HTTP/1.1 431");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /v2/ HTTP/1.1\r\n folded: x\r\n\r\n",
        "GET /v2/ HTTP/7\r\n\r\n",
        "GET  /v2/ HTTP/1.1\r\n\r\n",
        "\u0016\u0003\u0001\u0002\r\n\r\n"
      })
  void what_two_readers_could_read_in_two_ways_is_refused(String request) throws IOException {
    assertThat(ask(request)).matches("(?s)HTTP/1.1 (400|501) .*Connection: close.*");
  }

  @Test
  void a_manifest_bomb_is_refused_before_it_is_read() throws IOException {
    String head =
        "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
            + MediaTypes.OCI_MANIFEST;
    String huge = ask(head + "\r\nContent-Length: 99999999999\r\n\r\n");
    String deep =
        "{\"schemaVersion\":2,\"annotations\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    String nested = ask(head + "\r\nContent-Length: " + deep.length() + "\r\n\r\n" + deep);
    String both = "{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"manifests\":[]}";
    String ambiguous = ask(head + "\r\nContent-Length: " + both.length() + "\r\n\r\n" + both);
    String twice = "{\"schemaVersion\":2,\"layers\":[],\"layers\":[]}";
    String duplicate = ask(head + "\r\nContent-Length: " + twice.length() + "\r\n\r\n" + twice);

    assertThat(huge).startsWith("HTTP/1.1 413").contains("SIZE_INVALID");
    assertThat(nested).startsWith("HTTP/1.1 400").contains("MANIFEST_INVALID");
    assertThat(ambiguous).startsWith("HTTP/1.1 400").contains("MANIFEST_INVALID");
    assertThat(duplicate).startsWith("HTTP/1.1 400").contains("MANIFEST_INVALID");
    assertThat(Manifest.LARGEST).isLessThan(5 << 20);
  }

  @Test
  void a_chunk_bomb_and_endless_heads_are_refused() throws IOException {
    assertThat(
            ask(
                "POST /v2/a/blobs/uploads/?digest=sha256:"
                    + HEX
                    + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "fffffffffffffffffff\r\n"))
        .startsWith("HTTP/1.1 400");
    assertThat(ask("GET /v2/ HTTP/1.1\r\n" + "a: b\r\n".repeat(2000) + "\r\n"))
        .startsWith("HTTP/1.1 431");
    assertThat(ask("GET /v2/ HTTP/1.1\r\na: " + "b".repeat(100_000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431");
  }

  @Test
  void a_broken_off_push_leaves_nothing() throws Exception {
    byte[] content = "content".getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(content);
    try (Socket socket = new Socket("127.0.0.1", ours.server().address().getPort())) {
      socket
          .getOutputStream()
          .write(
              ("POST /v2/a/blobs/uploads/?digest="
                      + digest
                      + " HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\ncont")
                  .getBytes(StandardCharsets.UTF_8));
    }

    Eventually.holds(
        "the rest is removed",
        Eventually.SOON,
        () -> {
          try (var incoming = Files.list(work.resolve("inside/store/incoming"))) {
            return incoming.findAny().isEmpty() && ours.server().connections() == 0;
          }
        });
    assertThat(ours.store().has(digest)).isFalse();
  }

  @Test
  void one_who_does_not_read_holds_up_nobody_and_is_dropped() throws Exception {
    byte[] content = new byte[32 << 20];
    ContentStore store = ours.store();
    Digest digest = Digest.of(content);
    try (var upload = store.write(digest.algorithm())) {
      upload.append(ByteBuffer.wrap(content));
      upload.finish(digest);
    }
    assertThat(store.repository(new dev.ballast.oci.RepositoryName("a")).linkBlob(digest)).isTrue();
    try (SocketChannel slow = SocketChannel.open()) {
      slow.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      slow.connect(ours.server().address());
      slow.write(
          ByteBuffer.wrap(
              ("GET /v2/a/blobs/" + digest + " HTTP/1.1\r\nHost: x\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8)));
      assertThat(get("GET", "/v2/a/blobs/" + digest).length()).isGreaterThan(content.length);
      Eventually.holds("it is dropped", Eventually.SOON, () -> ours.server().connections() == 0);
    }
  }

  @Test
  void one_who_says_nothing_is_dropped() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", ours.server().address().getPort())) {
      socket.getOutputStream().write("GET /v2/".getBytes(StandardCharsets.UTF_8));
      socket.setSoTimeout(20_000);

      assertThat(all(socket.getInputStream())).isIn("", "[reset]");
    }
  }
}
