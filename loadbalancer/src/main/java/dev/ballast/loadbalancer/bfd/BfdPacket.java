package dev.ballast.loadbalancer.bfd;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A BFD control packet without authentication (RFC 5880 section 4.1). Intervals are in
 * microseconds.
 *
 * @param poll asks for an answer with {@code last} set
 * @param last the F bit: it answers a poll
 * @param mine the sender's discriminator, not 0
 * @param yours the receiver's, 0 while it is unknown
 */
public record BfdPacket(
    Diagnostic diagnostic,
    BfdState state,
    boolean poll,
    boolean last,
    int multiplier,
    int mine,
    int yours,
    long transmit,
    long receive,
    long echo) {
  /** Length without authentication. */
  public static final int BYTES = 24;

  private static final int VERSION = 1;
  private static final int POLL = 0x20;
  private static final int FINAL = 0x10;
  private static final int AUTHENTICATION = 0x04;
  private static final int MULTIPOINT = 0x01;

  /** Returns the bytes of the packet. */
  public byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .put((byte) (VERSION << 5 | diagnostic.number()))
        .put((byte) (state.number() << 6 | (poll ? POLL : 0) | (last ? FINAL : 0)))
        .put((byte) multiplier)
        .put((byte) BYTES)
        .putInt(mine)
        .putInt(yours)
        .putInt((int) transmit)
        .putInt((int) receive)
        .putInt((int) echo)
        .array();
  }

  /** Returns the packet; empty where RFC 5880 section 6.8.6 says that it is to be dropped. */
  public static Optional<BfdPacket> decode(byte[] bytes) {
    if (bytes.length < BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int first = in.get() & 0xff;
    int flags = in.get() & 0xff;
    int multiplier = in.get() & 0xff;
    int length = in.get() & 0xff;
    int mine = in.getInt();
    int yours = in.getInt();
    BfdState state = BfdState.of(flags >>> 6);
    boolean authenticated = (flags & AUTHENTICATION) != 0;
    boolean fits = first >>> 5 == VERSION && length >= BYTES && length <= bytes.length;
    boolean known = yours != 0 || state == BfdState.DOWN || state == BfdState.ADMIN_DOWN;
    if (!fits
        || authenticated
        || multiplier == 0
        || (flags & MULTIPOINT) != 0
        || mine == 0
        || !known) {
      return Optional.empty();
    }
    return Optional.of(
        new BfdPacket(
            Diagnostic.of(first & 0x1f),
            state,
            (flags & POLL) != 0,
            (flags & FINAL) != 0,
            multiplier,
            mine,
            yours,
            in.getInt() & 0xffff_ffffL,
            in.getInt() & 0xffff_ffffL,
            in.getInt() & 0xffff_ffffL));
  }
}
