package dev.ballast.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/** The digest algorithms that the image specification registers. */
public enum DigestAlgorithm {
  SHA256("sha256", "SHA-256", 64),
  SHA512("sha512", "SHA-512", 128);

  private final String text;
  private final String java;
  private final int hexLength;

  DigestAlgorithm(String text, String java, int hexLength) {
    this.text = text;
    this.java = java;
    this.hexLength = hexLength;
  }

  /** Finds one by its name in a digest. */
  public static Optional<DigestAlgorithm> named(String text) {
    for (DigestAlgorithm each : values()) {
      if (each.text.equals(text)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** Returns its name in a digest. */
  public String text() {
    return text;
  }

  int hexLength() {
    return hexLength;
  }

  /** Returns a computation that has seen nothing yet. */
  public MessageDigest start() {
    try {
      return MessageDigest.getInstance(java);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + java, e);
    }
  }
}
