package dev.ballast.loadbalancer.membership;

import dev.ballast.loadbalancer.membership.Heartbeat.Heard;
import dev.ballast.loadbalancer.membership.Heartbeat.Link;
import dev.ballast.loadbalancer.membership.Heartbeat.Phase;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
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
  private static final byte VERSION = 2;
  private static final int HMAC_BYTES = 32;
  private static final int ABLE = 0x80;

  /** A name of a node is a DNS name. */
  private static final int LONGEST_NAME = 253;

  /** Linux' own limit for the name of an interface. */
  private static final int LONGEST_LINK = 15;

  /** With these limits the datagram fits into one Ethernet frame. */
  static final int CLAIMS_IN_ONE = 40;

  static final int MOST_LINKS = 16;
  static final int MOST_HEARD = 100;

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
    boolean tooMuch =
        name.length > LONGEST_NAME
            || beat.claims().size() > CLAIMS_IN_ONE
            || beat.links().size() > MOST_LINKS
            || beat.hears().size() > MOST_HEARD;
    if (tooMuch) {
      throw new IllegalArgumentException(
          "node=%s claims=%d links=%d hears=%d"
              .formatted(
                  beat.node(), beat.claims().size(), beat.links().size(), beat.hears().size()));
    }
    ByteBuffer out =
        ByteBuffer.allocate(2_048)
            .putInt(MAGIC)
            .put(VERSION)
            .put((byte) beat.phase().code())
            .putLong(beat.incarnation())
            .putLong(beat.sequence())
            .putLong(beat.challenge())
            .putLong(beat.echo())
            .putShort((short) beat.claimsPart())
            .putShort((short) beat.claimsParts())
            .put((byte) name.length)
            .put(name)
            .put((byte) beat.links().size());
    for (Link link : beat.links()) {
      byte[] text = link.name().getBytes(StandardCharsets.UTF_8);
      out.putLong(link.mac()).put((byte) text.length).put(text);
    }
    out.put((byte) (beat.hearsAll() ? 1 : 0)).put((byte) beat.hears().size());
    beat.hears()
        .forEach((id, heard) ->
            out.putInt(id).put((byte) (heard.phase().code() | (heard.able() ? ABLE : 0))));
    out.putShort((short) beat.claims().size());
    beat.claims().forEach(out::putLong);
    byte[] signed = Arrays.copyOf(out.array(), out.position());
    out.put(hmac.doFinal(signed));
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The heartbeat, or nothing if the datagram is none, is damaged, or has another secret. */
  Optional<Heartbeat> decode(byte[] datagram) {
    int body = datagram.length - HMAC_BYTES;
    if (body < 4) {
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
    Optional<Phase> phase = Phase.of(in.get());
    if (phase.isEmpty()) {
      return Optional.empty();
    }
    long incarnation = in.getLong();
    long sequence = in.getLong();
    long challenge = in.getLong();
    long echo = in.getLong();
    int part = Short.toUnsignedInt(in.getShort());
    int parts = Short.toUnsignedInt(in.getShort());
    String name = text(in, LONGEST_NAME);
    Set<Link> links = links(in);
    boolean hearsAll = in.get() == 1;
    Map<Integer, Heard> hears = hears(in);
    int count = Short.toUnsignedInt(in.getShort());
    if (count > CLAIMS_IN_ONE || parts > Claims.MOST || in.remaining() != 8 * count) {
      return Optional.empty();
    }
    Set<Long> claims = new HashSet<>();
    for (int i = 0; i < count; i++) {
      claims.add(in.getLong());
    }
    return Optional.of(
        new Heartbeat(
            name,
            incarnation,
            sequence,
            phase.get(),
            links,
            hears,
            hearsAll,
            claims,
            part,
            parts,
            challenge,
            echo));
  }

  private static String text(ByteBuffer in, int longest) {
    byte[] text = new byte[Byte.toUnsignedInt(in.get())];
    if (text.length > longest) {
      throw new IllegalArgumentException("length=" + text.length);
    }
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static Set<Link> links(ByteBuffer in) {
    int count = atMost(MOST_LINKS, in.get());
    Set<Link> links = new HashSet<>();
    for (int i = 0; i < count; i++) {
      long mac = in.getLong();
      links.add(new Link(text(in, LONGEST_LINK), mac));
    }
    return links;
  }

  private static Map<Integer, Heard> hears(ByteBuffer in) {
    int count = atMost(MOST_HEARD, in.get());
    Map<Integer, Heard> hears = new HashMap<>();
    for (int i = 0; i < count; i++) {
      int id = in.getInt();
      int flags = Byte.toUnsignedInt(in.get());
      Phase.of(flags & ~ABLE)
          .ifPresent(phase -> hears.put(id, new Heard(phase, (flags & ABLE) != 0)));
    }
    return hears;
  }

  private static int atMost(int most, byte count) {
    int value = Byte.toUnsignedInt(count);
    if (value > most) {
      throw new IllegalArgumentException("count=" + value);
    }
    return value;
  }
}
