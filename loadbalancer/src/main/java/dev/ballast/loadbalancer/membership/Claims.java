package dev.ballast.loadbalancer.membership;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** How an address is named in heartbeats: short, and the same on every node. */
public final class Claims {
  /** Beyond this many addresses of one owner, the rest changes hands without being waited for. */
  public static final int MOST = 8_192;

  private Claims() {}

  /** The name of an address. */
  public static long key(String address) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(address.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
