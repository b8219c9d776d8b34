package dev.ballast.oci;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Names content by what it is: {@code sha256:…}.
 *
 * @param hex in lower case, as long as the algorithm's
 */
public record Digest(DigestAlgorithm algorithm, String hex) implements Comparable<Digest> {
  public Digest {
    if (hex.length() != algorithm.hexLength() || !isHex(hex)) {
      throw new IllegalArgumentException("not a digest: hex=" + hex);
    }
  }

  /** Reads one; empty when the text is none, or of an algorithm that nobody here computes. */
  public static Optional<Digest> tryParse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    String hex = text.substring(colon + 1);
    return DigestAlgorithm.named(text.substring(0, colon))
        .filter(algorithm -> hex.length() == algorithm.hexLength() && isHex(hex))
        .map(algorithm -> new Digest(algorithm, hex));
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when the text is none
   */
  public static Digest parse(String text) {
    return tryParse(text).orElseThrow(() -> new IllegalArgumentException("not a digest: " + text));
  }

  /** Computes the digest of the first bytes of an array. */
  public static Digest of(DigestAlgorithm algorithm, byte[] bytes, int count) {
    MessageDigest digest = algorithm.start();
    digest.update(bytes, 0, count);
    return of(algorithm, digest);
  }

  /** Computes the sha256 digest of bytes. */
  public static Digest of(byte[] bytes) {
    return of(DigestAlgorithm.SHA256, bytes, bytes.length);
  }

  /** Ends a computation. */
  public static Digest of(DigestAlgorithm algorithm, MessageDigest digest) {
    return new Digest(algorithm, HexFormat.of().formatHex(digest.digest()));
  }

  private static boolean isHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return algorithm.text() + ":" + hex;
  }
}
