package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.RepositoryName;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Where an image comes from. */
public interface ImageSource extends AutoCloseable {
  /** Returns the manifest that was named. */
  FetchedManifest root() throws IOException;

  /** Returns another one. */
  FetchedManifest manifest(Digest digest) throws IOException;

  /** Has the bytes of a blob used. */
  void blob(Descriptor blob, Use use) throws IOException;

  /** Returns what is about a manifest. */
  List<Descriptor> referrers(Digest digest) throws IOException;

  /** Returns the repository of a registry that it is in, from which blobs can be mounted. */
  Optional<RemoteRepository> remote();

  /** What is done with the bytes of a blob. */
  interface Use {
    void with(BlobSource source) throws IOException;
  }

  /** Returns the repository to mount from, when both are of one registry. */
  default Optional<RepositoryName> mountable(RemoteRepository to) {
    return remote()
        .filter(from -> from.registry().equals(to.registry()) && !from.name().equals(to.name()))
        .map(RemoteRepository::name);
  }

  @Override
  default void close() throws IOException {}
}
