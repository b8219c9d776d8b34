package dev.ballast.loadbalancer.membership;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A heartbeat as a datagram: {@code BLHB}, a version, the fields, and an HMAC-SHA-256 over all of
 * it. Without a key the HMAC is one over an empty secret: a checksum against other people's
 * datagrams, no protection. One thread at a time.
 */
public final class Codec {
  private static final int MAGIC = 0x424c4842;
  private static final byte VERSION = 1;
  private static final int HMAC_BYTES = 32;

  /** A name of a node is a DNS name. */
  private static final int LONGEST_NAME = 253;

  /** With these the datagram stays below 1200 bytes, which every link carries in one piece. */
  static final int CLAIMS_IN_ONE = 100;

  private final Mac hmac;

  /** Speakers understand each other when they have the same secret; it may be empty. */
  public Codec(byte[] secret) {
    try {
      hmac = Mac.getInstance("HmacSHA256");
      byte[] key = secret.length == 0 ? new byte[] {0} : secret;
      hmac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  byte[] encode(Heartbeat beat) {
    byte[] name = beat.node().getBytes(StandardCharsets.UTF_8);
    if (name.length > LONGEST_NAME || beat.claims().size() > CLAIMS_IN_ONE) {
      throw new IllegalArgumentException("name=" + beat.node() + " claims=" + beat.claims().size());
    }
    ByteBuffer out =
        ByteBuffer.allocate(32 + name.length + 8 * beat.claims().size() + HMAC_BYTES)
            .putInt(MAGIC)
            .put(VERSION)
            .put((byte) beat.phase().code())
            .putLong(beat.life())
            .putLong(beat.sequence())
            .putShort((short) beat.claimsPart())
            .putShort((short) beat.claimsParts())
            .put((byte) name.length)
            .put(name)
            .putShort((short) beat.claims().size());
    beat.claims().forEach(out::putLong);
    byte[] signed = Arrays.copyOf(out.array(), out.position());
    out.put(hmac.doFinal(signed));
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The heartbeat, or nothing if the datagram is none, is damaged, or has another secret. */
  Optional<Heartbeat> decode(byte[] datagram) {
    int body = datagram.length - HMAC_BYTES;
    if (body < 0 || ByteBuffer.wrap(datagram).remaining() < 4) {
      return Optional.empty();
    }
    byte[] expected = hmac.doFinal(Arrays.copyOf(datagram, body));
    byte[] found = Arrays.copyOfRange(datagram, body, datagram.length);
    if (!MessageDigest.isEqual(expected, found)) {
      return Optional.empty();
    }
    try {
      return read(ByteBuffer.wrap(datagram, 0, body));
    } catch (BufferUnderflowException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static Optional<Heartbeat> read(ByteBuffer in) {
    if (in.getInt() != MAGIC || in.get() != VERSION) {
      return Optional.empty();
    }
    Optional<Heartbeat.Phase> phase = Heartbeat.Phase.of(in.get());
    if (phase.isEmpty()) {
      return Optional.empty();
    }
    long life = in.getLong();
    long sequence = in.getLong();
    int part = Short.toUnsignedInt(in.getShort());
    int parts = Short.toUnsignedInt(in.getShort());
    byte[] name = new byte[Byte.toUnsignedInt(in.get())];
    in.get(name);
    int count = Short.toUnsignedInt(in.getShort());
    if (count > CLAIMS_IN_ONE || in.remaining() != 8 * count) {
      return Optional.empty();
    }
    Set<Long> claims = new HashSet<>();
    for (int i = 0; i < count; i++) {
      claims.add(in.getLong());
    }
    return Optional.of(
        new Heartbeat(
            new String(name, StandardCharsets.UTF_8),
            life,
            sequence,
            phase.get(),
            claims,
            part,
            parts));
  }
}
