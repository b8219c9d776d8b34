package dev.ballast.images.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests as OCI writes them. */
public final class Digests {
  private Digests() {}

  /** Returns a fresh SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Returns {@code sha256:…} of bytes. */
  public static String of(byte[] bytes) {
    return text(sha256().digest(bytes));
  }

  /** Returns {@code sha256:…} of a finished digest. */
  public static String text(byte[] digest) {
    return "sha256:" + HexFormat.of().formatHex(digest);
  }

  /** Returns a key that no other list of parts has. */
  public static String key(Object... parts) {
    MessageDigest digest = sha256();
    for (Object part : parts) {
      byte[] bytes = part.toString().getBytes(StandardCharsets.UTF_8);
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
  }
}
