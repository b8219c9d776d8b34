package dev.ballast.oci.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.oci.Digest;
import dev.ballast.oci.Ends;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.http.Proxies;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.ServerTls;
import dev.ballast.testkit.Openssl;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ProxyTest {
  private static final byte[] INDEX =
      "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[]}"
          .formatted(MediaTypes.OCI_INDEX)
          .getBytes(StandardCharsets.UTF_8);

  @TempDir private Path work;
  private final List<String> heads = Collections.synchronizedList(new ArrayList<>());

  /** A proxy for one registry, whatever host it is asked for. */
  private ServerSocket proxy(Ends ends, String registry) throws IOException {
    ServerSocket proxy = ends.add(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    ends.scheduler()
        .threadFactory()
        .newThread(() -> {
          while (!proxy.isClosed()) {
            try {
              Socket client = proxy.accept();
              ends.scheduler()
                  .threadFactory()
                  .newThread(() -> pass(ends, client, registry))
                  .start();
            } catch (IOException e) {
              return;
            }
          }
        })
        .start();
    return proxy;
  }

  private void pass(Ends ends, Socket client, String registry) {
    int colon = registry.indexOf(':');
    try (client;
        Socket server =
            new Socket(
                registry.substring(0, colon), Integer.parseInt(registry.substring(colon + 1)))) {
      StringBuilder head = new StringBuilder();
      InputStream in = client.getInputStream();
      while (head.indexOf("\r\n\r\n") < 0) {
        int c = in.read();
        if (c < 0) {
          return;
        }
        head.append((char) c);
      }
      heads.add(head.toString());
      if (head.toString().startsWith("CONNECT ")) {
        client
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      } else {
        server.getOutputStream().write(head.toString().getBytes(StandardCharsets.US_ASCII));
      }
      Thread back =
          ends.scheduler()
              .threadFactory()
              .newThread(() -> {
                try {
                  server.getInputStream().transferTo(client.getOutputStream());
                  client.shutdownOutput();
                } catch (IOException e) {
                  // One of them has gone.
                }
              });
      back.start();
      in.transferTo(server.getOutputStream());
    } catch (IOException e) {
      // One of them has gone.
    }
  }

  private static Ends.Ours withAnIndex(Ends ends, RegistryOptions options) throws IOException {
    Ends.Ours ours = ends.ours("ours", options);
    ours.store()
        .repository(new RepositoryName("a"))
        .put(
            Digest.of(INDEX),
            INDEX,
            Manifest.read(INDEX, MediaTypes.OCI_INDEX),
            List.of(new Tag("1")),
            Completeness.WHOLE);
    return ours;
  }

  @Test
  void a_registry_is_reached_through_the_proxy_of_the_environment() throws Exception {
    try (Ends ends = new Ends(work)) {
      ServerSocket proxy = proxy(ends, withAnIndex(ends, RegistryOptions.open()).host());
      RegistryClient client =
          ends.client(
              Ends.options()
                  .withProxies(
                      Proxies.of(
                          Map.of("http_proxy", "http://u:p@127.0.0.1:" + proxy.getLocalPort()))));
      client.useWithoutTls("registry.test");

      assertThat(client.repository("registry.test", new RepositoryName("a")).manifest("1"))
          .isPresent();
      assertThat(heads.getFirst())
          .startsWith("GET http://registry.test/v2/a/manifests/1 HTTP/1.1\r\n")
          .contains("Proxy-Authorization: Basic dTpw\r\n");
    }
  }

  @Test
  void under_TLS_the_proxy_sees_only_the_host() throws Exception {
    try (Ends ends = new Ends(work)) {
      Openssl.ok(
          work,
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout tls.key"
              + " -out tls.crt -days 2 -subj /CN=x -addext subjectAltName=DNS:registry.test");
      RegistryOptions options = RegistryOptions.open();
      Ends.Ours ours =
          withAnIndex(
              ends,
              options.withHttp(
                  options
                      .http()
                      .withTls(ServerTls.of(work.resolve("tls.crt"), work.resolve("tls.key")))));
      ServerSocket proxy = proxy(ends, ours.host());
      RegistryClient client =
          ends.client(
              Ends.options()
                  .withVerifiesTls(true)
                  .withAuthorities(List.of(work.resolve("tls.crt")))
                  .withProxies(
                      Proxies.of(Map.of("HTTPS_PROXY", "127.0.0.1:" + proxy.getLocalPort()))));

      assertThat(client.repository("registry.test", new RepositoryName("a")).manifest("1"))
          .isPresent();
      assertThat(heads)
          .allSatisfy(head -> assertThat(head).startsWith("CONNECT registry.test:443"));
    }
  }
}
