package dev.ballast.oci.content;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.Repository.Completeness;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Pushes images into a store, as a registry does; also as a process that is killed. */
final class Pushing {
  static final RepositoryName NAME = new RepositoryName("team/app");

  private Pushing() {}

  static byte[] content(long seed, int size) {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    return content;
  }

  static Descriptor blob(Repository repository, ContentStore store, byte[] content)
      throws IOException {
    Digest digest = Digest.of(content);
    try (Upload upload = store.write(DigestAlgorithm.SHA256)) {
      upload.append(ByteBuffer.wrap(content));
      upload.finish(digest);
    }
    if (!repository.linkBlob(digest)) {
      throw new IOException("the blob went");
    }
    return Descriptor.of(MediaTypes.BYTES, digest, content.length);
  }

  /** One image with a configuration and a layer of its own; returns its digest. */
  static Digest image(ContentStore store, long seed, String tag, Optional<Descriptor> subject)
      throws IOException {
    Repository repository = store.repository(NAME);
    Descriptor config = blob(repository, store, content(seed, 300));
    Descriptor layer = blob(repository, store, content(seed + 1000, 20_000));
    byte[] manifest =
        ("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]%s}"
                .formatted(
                    MediaTypes.OCI_MANIFEST,
                    config.toJson(),
                    layer.toJson(),
                    subject.map(each -> ",\"subject\":" + each.toJson()).orElse("")))
            .getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(manifest);
    repository.put(
        digest,
        manifest,
        Manifest.read(manifest, MediaTypes.OCI_MANIFEST),
        tag.isEmpty() ? List.of() : List.of(new Tag(tag)),
        Completeness.WHOLE);
    return digest;
  }

  /** Pushes, resumes, moves a tag, deletes and collects: all that changes a store. */
  public static void main(String[] arguments) throws Exception {
    ContentStore store = ContentStore.open(Path.of(arguments[0]));
    Repository repository = store.repository(NAME);
    Digest first = image(store, 1, "latest", Optional.empty());
    image(store, 2, "", Optional.of(Descriptor.of(MediaTypes.OCI_MANIFEST, first, 10)));
    Uploads uploads = new Uploads(store);
    String id = uploads.begin(NAME, DigestAlgorithm.SHA256);
    byte[] content = content(77, 9_000);
    uploads.resume(
        NAME,
        id,
        upload -> {
          upload.append(ByteBuffer.wrap(content, 0, 4_000));
          return true;
        });
    new Uploads(store)
        .resume(
            NAME,
            id,
            upload -> {
              upload.append(ByteBuffer.wrap(content, (int) upload.length(), 5_000));
              upload.finish(Digest.of(content));
              return true;
            });
    repository.linkBlob(Digest.of(content));
    image(store, 3, "latest", Optional.empty());
    repository.delete(first);
    Collection.run(
        store,
        new Collection.Options(Duration.ZERO, Duration.ofDays(1), true, false),
        Instant.now().plusSeconds(1));
  }
}
