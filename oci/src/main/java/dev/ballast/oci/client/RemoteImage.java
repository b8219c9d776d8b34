package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Reference;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** An image of a registry. */
public record RemoteImage(RemoteRepository repository, String target)
    implements ImageSource, ImageDestination {
  /** Names one. */
  public static RemoteImage of(RegistryClient client, Reference reference) {
    return new RemoteImage(client.repository(reference), reference.target());
  }

  @Override
  public FetchedManifest root() throws IOException {
    return repository
        .manifest(target)
        .orElseThrow(() -> new RegistryException(404, repository + " has no " + target));
  }

  @Override
  public FetchedManifest manifest(Digest digest) throws IOException {
    return repository
        .manifest(digest.toString())
        .orElseThrow(
            () -> new RegistryException(404, repository + " does not have the manifest " + digest));
  }

  @Override
  public void blob(Descriptor blob, Use use) throws IOException {
    use.with(
        (BlobSource.Stream)
            offset ->
                // Verified while it passes, if it passes whole.
                offset == 0 ? repository.stream(blob) : new ResumedInput(repository, blob, offset));
  }

  @Override
  public List<Descriptor> referrers(Digest digest) throws IOException {
    return repository.referrers(digest, "");
  }

  @Override
  public Optional<RemoteRepository> remote() {
    return Optional.of(repository);
  }

  @Override
  public boolean has(Descriptor blob) throws IOException {
    return repository.hasBlob(blob.digest());
  }

  @Override
  public void put(Descriptor blob, ImageSource from) throws IOException {
    from.blob(blob, source -> repository.push(blob, source, from.mountable(repository)));
  }

  @Override
  public void put(FetchedManifest manifest) throws IOException {
    repository.put(manifest, manifest.descriptor().digest().toString());
  }

  @Override
  public void putRoot(FetchedManifest manifest) throws IOException {
    repository.put(manifest, target);
  }

  @Override
  public void close() {
    // The client is somebody else's.
  }
}
