package dev.ballast.oci.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Ends;
import dev.ballast.oci.Platform;
import dev.ballast.oci.Reference;
import dev.ballast.oci.client.DirectoryImage;
import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RegistryException;
import dev.ballast.oci.client.RemoteImage;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.http.HttpServer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that gets what it lacks from Debian's, or from one that lies. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PullThroughIT {
  private static final ImageCopy.Options ALL =
      new ImageCopy.Options(true, false, new Platform("linux", "amd64", ""));

  @TempDir private Path work;

  private Ends.Ours before(Ends ends, String upstream) throws Exception {
    RegistryClient client = ends.client(Ends.options().withAttempts(2));
    client.useWithoutTls(upstream);
    ContentStore store = ContentStore.open(work.resolve("proxy"));
    return ends.ours(
        work.resolve("proxy"),
        store,
        RegistryOptions.open().withUpstream(new UpstreamRegistry(store, client, upstream)));
  }

  @Test
  void what_is_pulled_comes_from_the_other_registry_once_and_stays_when_that_goes()
      throws Exception {
    Ends.Ours proxy;
    DirectoryImage both;
    Ends outer = new Ends(work);
    try (outer) {
      try (Ends ends = new Ends(work)) {
        both = ends.twoPlatforms(1 << 20);
        String theirs = ends.theirs("theirs", "");
        RegistryClient client = ends.client();
        ImageCopy.run(
            client, both, RemoteImage.of(client, Reference.parse(theirs + "/x/y:1")), ALL, _ -> {});
        proxy = before(outer, theirs);

        Ends.skopeo(
            "copy",
            "--all",
            "--src-tls-verify=false",
            "docker://" + proxy.host() + "/x/y:1",
            "oci:" + work.resolve("first") + ":x");
        assertThatThrownBy(() ->
                ImageCopy.run(
                    client,
                    both,
                    RemoteImage.of(client, Reference.parse(proxy.host() + "/x/z:1")),
                    ALL,
                    _ -> {}))
            .isInstanceOf(RegistryException.class)
            .hasMessageContaining("push to that one");
        assertThat(client.repository(Reference.parse(proxy.host() + "/x/y")).tags())
            .containsExactly("1");
        assertThatThrownBy(
                () -> RemoteImage.of(client, Reference.parse(proxy.host() + "/x/none:1")).root())
            .hasMessageContaining("has no 1");
      }
      // Theirs is gone.
      Ends.skopeo(
          "copy",
          "--all",
          "--src-tls-verify=false",
          "docker://" + proxy.host() + "/x/y:1",
          "oci:" + work.resolve("second") + ":x");
    }
    assertThat(Ends.skopeo("inspect", "--raw", "oci:" + work.resolve("second") + ":x"))
        .isEqualTo(new String(both.root().bytes(), java.nio.charset.StandardCharsets.UTF_8));
  }

  @Test
  void many_who_ask_at_once_cost_the_other_registry_one_pull() throws Exception {
    byte[] content = new byte[4 << 20];
    Digest digest = Digest.of(content);
    AtomicInteger pulls = new AtomicInteger();
    try (Ends ends = new Ends(work)) {
      HttpServer upstream =
          ends.add(
              HttpServer.open(
                  new InetSocketAddress("127.0.0.1", 0),
                  HttpServer.Options.plain(),
                  ends.scheduler().threadFactory(),
                  (request, response) -> {
                    if (request.method().equals("GET") && request.path().contains("/blobs/")) {
                      pulls.incrementAndGet();
                    }
                    response.send(200, content);
                  }));
      Ends.Ours proxy = before(ends, "127.0.0.1:" + upstream.address().getPort());
      RegistryClient client = ends.client();
      List<FutureTask<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        reads.add(
            ends.scheduler()
                .submit(() ->
                    client
                        .repository(Reference.parse(proxy.host() + "/x/y"))
                        .read(Descriptor.of("", digest, content.length), content.length)));
      }
      for (FutureTask<byte[]> each : reads) {
        assertThat(each.get()).isEqualTo(content);
      }
    }
    assertThat(pulls).hasValue(1);
  }

  @Test
  void a_lie_of_the_other_registry_is_never_whole_here() throws Exception {
    byte[] content = new byte[1 << 20];
    Digest digest = Digest.of(content);
    byte[] lie = content.clone();
    lie[lie.length - 1] = 1;
    try (Ends ends = new Ends(work)) {
      HttpServer upstream =
          ends.add(
              HttpServer.open(
                  new InetSocketAddress("127.0.0.1", 0),
                  HttpServer.Options.plain(),
                  ends.scheduler().threadFactory(),
                  (_, response) -> response.send(200, lie)));
      Ends.Ours proxy = before(ends, "127.0.0.1:" + upstream.address().getPort());
      RegistryClient client = ends.client(Ends.options().withAttempts(1));

      assertThatThrownBy(() ->
              client
                  .repository(Reference.parse(proxy.host() + "/x/y"))
                  .read(Descriptor.of("", digest, content.length), content.length))
          .isInstanceOf(java.io.IOException.class);
      assertThat(proxy.store().has(digest)).isFalse();
    }
  }
}
