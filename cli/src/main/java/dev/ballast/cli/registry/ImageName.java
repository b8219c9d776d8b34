package dev.ballast.cli.registry;

import dev.ballast.oci.Reference;
import dev.ballast.oci.Tag;
import dev.ballast.oci.client.DirectoryImage;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RemoteImage;
import dev.ballast.oci.client.StoredImage;
import dev.ballast.oci.content.ContentStore;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Where an image is, as skopeo names it: {@code docker://NAME}, {@code oci:DIR[:TAG]}, {@code
 * dir:DIR}; and {@code store:DIR:NAME} for the directory of a registry. A bare name is one of a
 * registry.
 */
sealed interface ImageName {
  /** Of a registry. */
  record Remote(Reference reference) implements ImageName {}

  /** Of a layout. */
  record Layout(Path directory, String tag) implements ImageName {}

  /** Of a directory of skopeo's. */
  record Dir(Path directory) implements ImageName {}

  /** Of the directory of a registry. */
  record Stored(Path directory, Reference reference) implements ImageName {}

  /** Reads one. */
  static ImageName parse(String text) {
    if (text.startsWith("docker://")) {
      return new Remote(Reference.parse(text.substring("docker://".length())));
    }
    if (text.startsWith("oci:")) {
      String rest = text.substring("oci:".length());
      int colon = rest.indexOf(':');
      return colon < 0
          ? new Layout(Path.of(rest), "")
          : new Layout(Path.of(rest.substring(0, colon)), rest.substring(colon + 1));
    }
    if (text.startsWith("dir:")) {
      return new Dir(Path.of(text.substring("dir:".length())));
    }
    if (text.startsWith("store:")) {
      String rest = text.substring("store:".length());
      int colon = rest.indexOf(':');
      if (colon <= 0) {
        throw new IllegalArgumentException("\"" + text + "\" is not store:DIR:REPOSITORY[:TAG]");
      }
      return new Stored(
          Path.of(rest.substring(0, colon)),
          // The store's names have no registry; this one is not used.
          Reference.parse("localhost/" + rest.substring(colon + 1)));
    }
    return new Remote(Reference.parse(text));
  }

  /** An end of a copy that is both. */
  private static StoredImage stored(Stored name) throws IOException {
    ContentStore store = ContentStore.open(name.directory());
    return new StoredImage(
        store,
        store.repository(name.reference().repository()),
        Tag.tryParse(name.reference().target())
            .orElseThrow(() -> new IllegalArgumentException("an image of a store has a tag")));
  }

  /** Opens it to read. */
  default dev.ballast.oci.client.ImageSource source(RegistryClient client) throws IOException {
    return switch (this) {
      case Remote remote -> RemoteImage.of(client, remote.reference());
      case Layout layout ->
          DirectoryImage.of(layout.directory(), DirectoryImage.Kind.OCI, layout.tag());
      case Dir dir -> DirectoryImage.of(dir.directory(), DirectoryImage.Kind.DIR, "");
      case Stored name -> stored(name);
    };
  }

  /** Opens it to write. */
  default dev.ballast.oci.client.ImageDestination destination(RegistryClient client)
      throws IOException {
    return switch (this) {
      case Remote remote -> RemoteImage.of(client, remote.reference());
      case Layout layout ->
          DirectoryImage.of(layout.directory(), DirectoryImage.Kind.OCI, layout.tag());
      case Dir dir -> DirectoryImage.of(dir.directory(), DirectoryImage.Kind.DIR, "");
      case Stored name -> stored(name);
    };
  }
}
