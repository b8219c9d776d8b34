package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.Manifest;
import java.io.IOException;

/**
 * A manifest with its bytes, as they are signed and hashed.
 *
 * @param descriptor what it is, by its own bytes
 */
public record FetchedManifest(Descriptor descriptor, byte[] bytes, Manifest manifest) {
  /** Reads one that was asked for by tag. */
  public static FetchedManifest of(byte[] bytes, String mediaType) throws IOException {
    return of(bytes, mediaType, Digest.of(bytes));
  }

  /** Reads one whose digest is known; it must be that. */
  static FetchedManifest verified(byte[] bytes, String mediaType, Digest expected)
      throws IOException {
    DigestAlgorithm algorithm = expected.algorithm();
    Digest found = Digest.of(algorithm, bytes, bytes.length);
    if (!found.equals(expected)) {
      throw new RegistryException("the manifest " + expected + " came as " + found);
    }
    return of(bytes, mediaType, expected);
  }

  private static FetchedManifest of(byte[] bytes, String mediaType, Digest digest)
      throws IOException {
    Manifest manifest = Manifest.read(bytes, mediaType);
    return new FetchedManifest(
        Descriptor.of(manifest.mediaType(), digest, bytes.length), bytes, manifest);
  }
}
