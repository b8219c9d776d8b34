package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.content.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/** An image of a store on this machine. */
public record StoredImage(ContentStore store, Repository repository, Tag tag)
    implements ImageSource, ImageDestination {
  @Override
  public FetchedManifest root() throws IOException {
    Repository.Stored stored =
        repository
            .manifest(tag)
            .orElseThrow(() -> new RegistryException(404, repository.name() + " has no " + tag));
    return read(stored);
  }

  @Override
  public FetchedManifest manifest(Digest digest) throws IOException {
    return read(repository.manifest(digest).orElseThrow(() -> missing(digest)));
  }

  private RegistryException missing(Digest digest) {
    return new RegistryException(404, repository.name() + " does not have " + digest);
  }

  private FetchedManifest read(Repository.Stored stored) throws IOException {
    byte[] bytes =
        store.read(stored.digest(), Manifest.LARGEST).orElseThrow(() -> missing(stored.digest()));
    return FetchedManifest.verified(bytes, stored.mediaType(), stored.digest());
  }

  @Override
  public void blob(Descriptor blob, Use use) throws IOException {
    try (FileChannel channel =
        store.find(blob.digest()).orElseThrow(() -> missing(blob.digest()))) {
      if (channel.size() != blob.size()) {
        throw new RegistryException(blob.digest() + " does not have the size that is stated");
      }
      use.with(new BlobSource.File(channel));
    }
  }

  @Override
  public List<Descriptor> referrers(Digest digest) throws IOException {
    return repository.referrers(digest).stream()
        .map(each ->
            Descriptor.of(
                each.path("mediaType").asText(),
                Digest.parse(each.path("digest").asText()),
                each.path("size").asLong()))
        .toList();
  }

  @Override
  public Optional<RemoteRepository> remote() {
    return Optional.empty();
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    return store.has(blob.digest()) && repository.linkBlob(blob.digest());
  }

  @Override
  public void put(Descriptor blob, ImageSource from) throws IOException {
    if (from.remote().isPresent()) {
      from.remote().get().pull(blob, store);
    } else {
      from.blob(blob, source -> write(blob, source));
    }
    if (!repository.linkBlob(blob.digest())) {
      throw new IOException(blob.digest() + " was removed while it was written");
    }
  }

  private void write(Descriptor blob, BlobSource source) throws IOException {
    try (Upload upload = store.write(blob.digest().algorithm());
        InputStream in = BlobSource.stream(source)) {
      byte[] buffer = new byte[256 << 10];
      for (int n = in.readNBytes(buffer, 0, buffer.length);
          n > 0;
          n = in.readNBytes(buffer, 0, buffer.length)) {
        upload.append(ByteBuffer.wrap(buffer, 0, n));
      }
      upload.finish(blob.digest());
    }
  }

  @Override
  public void put(FetchedManifest manifest) throws IOException {
    put(manifest, List.of());
  }

  @Override
  public void putRoot(FetchedManifest manifest) throws IOException {
    put(manifest, List.of(tag));
  }

  private void put(FetchedManifest manifest, List<Tag> tags) throws IOException {
    repository.put(
        manifest.descriptor().digest(),
        manifest.bytes(),
        manifest.manifest(),
        tags,
        Completeness.SPARSE);
  }

  @Override
  public void close() {
    // A store has nothing open.
  }
}
