package dev.ballast.oci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.oci.client.ClientOptions;
import dev.ballast.oci.client.FetchedManifest;
import dev.ballast.oci.client.ImageCopy;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RemoteImage;
import dev.ballast.oci.client.StoredImage;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.content.Upload;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.RegistryServer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/registry.md, as an application that uses nothing else of Ballast. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class EmbeddingTest {
  @TempDir private Path directory;

  @Test
  void a_program_serves_images_and_copies_them() throws Exception {
    ThreadFactory tasks = Thread.ofVirtual().factory();
    ContentStore store = ContentStore.open(directory.resolve("store"));
    StoredImage image = imageOf(store, "hello".getBytes(StandardCharsets.UTF_8));

    try (RegistryServer server =
            RegistryServer.start(
                new InetSocketAddress("127.0.0.1", 0),
                store,
                RegistryOptions.open().withReadOnly(true),
                tasks);
        RegistryClient client = RegistryClient.open(ClientOptions.standard(), tasks)) {
      String name = "127.0.0.1:" + server.address().getPort() + "/greetings:1";
      RemoteImage remote = RemoteImage.of(client, Reference.parse(name));
      ContentStore elsewhere = ContentStore.open(directory.resolve("elsewhere"));
      StoredImage copy =
          new StoredImage(
              elsewhere, elsewhere.repository(new RepositoryName("copy")), new Tag("1"));

      Descriptor copied =
          ImageCopy.run(
              client,
              remote,
              copy,
              new ImageCopy.Options(true, true, Platform.here()),
              progress -> assertThat(progress).isNotEmpty());

      assertThat(copied.digest()).isEqualTo(image.root().descriptor().digest());
      FetchedManifest manifest = copy.root();
      assertThat(manifest.manifest().blobs()).hasSize(2);
    }
  }

  /** Puts an artifact of one layer into a store. */
  private static StoredImage imageOf(ContentStore store, byte[] content) throws Exception {
    var repository = store.repository(new RepositoryName("greetings"));
    Descriptor config = put(store, "{}".getBytes(StandardCharsets.UTF_8));
    Descriptor layer = put(store, content);
    for (Descriptor each : List.of(config, layer)) {
      assertThat(repository.linkBlob(each.digest())).isTrue();
    }
    byte[] manifest =
        """
        {"schemaVersion":2,"mediaType":"%s","artifactType":"text/plain","config":%s,"layers":[%s]}
        """
            .formatted(MediaTypes.OCI_MANIFEST, config.toJson(), layer.toJson())
            .getBytes(StandardCharsets.UTF_8);
    Tag tag = new Tag("1");
    repository.put(
        Digest.of(manifest),
        manifest,
        Manifest.read(manifest, MediaTypes.OCI_MANIFEST),
        List.of(tag),
        Completeness.WHOLE);
    return new StoredImage(store, repository, tag);
  }

  private static Descriptor put(ContentStore store, byte[] content) throws Exception {
    Digest digest = Digest.of(content);
    try (Upload upload = store.write(digest.algorithm())) {
      upload.append(ByteBuffer.wrap(content));
      upload.finish(digest);
    }
    return Descriptor.of(MediaTypes.BYTES, digest, content.length);
  }
}
