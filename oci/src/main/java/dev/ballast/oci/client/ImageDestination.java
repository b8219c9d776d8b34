package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import java.io.IOException;

/** Where an image goes. */
public interface ImageDestination extends AutoCloseable {
  /** Returns whether a blob is there already. */
  boolean has(Descriptor blob) throws IOException;

  /** Takes a blob. */
  void put(Descriptor blob, ImageSource from) throws IOException;

  /** Takes a manifest, after all that it names. */
  void put(FetchedManifest manifest) throws IOException;

  /** Takes the manifest that gets the name, after all others. */
  void putRoot(FetchedManifest manifest) throws IOException;

  @Override
  default void close() throws IOException {}
}
