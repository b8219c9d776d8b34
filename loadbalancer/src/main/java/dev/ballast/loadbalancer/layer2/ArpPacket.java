package dev.ballast.loadbalancer.layer2;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An ARP packet for IPv4 over Ethernet (RFC 826) with the Ethernet header that it came in.
 *
 * @param destination of the Ethernet header
 * @param operation {@link #REQUEST} or {@link #REPLY}, or any other 16 bits
 */
public record ArpPacket(
    Mac destination,
    Mac source,
    int operation,
    Mac senderMac,
    Address sender,
    Mac targetMac,
    Address target) {
  public static final int ETHER_TYPE = 0x0806;
  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private static final int BYTES = 42;
  private static final int ETHERNET = 1;
  private static final int IPV4 = 0x0800;

  public ArpPacket {
    if (sender.family() != Family.IPV4 || target.family() != Family.IPV4) {
      throw new IllegalArgumentException("sender=" + sender + " target=" + target);
    }
  }

  /** The packet in a frame; nothing if the frame is too short or something else. */
  public static Optional<ArpPacket> decode(byte[] frame) {
    if (frame.length < BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(frame);
    Mac destination = mac(in);
    Mac source = mac(in);
    boolean arp =
        unsigned(in) == ETHER_TYPE
            && unsigned(in) == ETHERNET
            && unsigned(in) == IPV4
            && in.get() == 6
            && in.get() == 4;
    if (!arp) {
      return Optional.empty();
    }
    return Optional.of(
        new ArpPacket(
            destination,
            source,
            unsigned(in),
            mac(in),
            Address.ofIpv4(in.getInt()),
            mac(in),
            Address.ofIpv4(in.getInt())));
  }

  /** The frame. */
  public byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .put(destination.bytes())
        .put(source.bytes())
        .putShort((short) ETHER_TYPE)
        .putShort((short) ETHERNET)
        .putShort((short) IPV4)
        .put((byte) 6)
        .put((byte) 4)
        .putShort((short) operation)
        .put(senderMac.bytes())
        .putInt(sender.ipv4Bits())
        .put(targetMac.bytes())
        .putInt(target.ipv4Bits())
        .array();
  }

  /** The answer to this request: the target is at {@code mac}. */
  ArpPacket answer(Mac mac) {
    return new ArpPacket(senderMac, mac, REPLY, mac, target, senderMac, sender);
  }

  /** Asks whether anybody has an address, without saying that one has it (RFC 5227). */
  public static ArpPacket probe(Mac mac, Address address) {
    return new ArpPacket(Mac.BROADCAST, mac, REQUEST, mac, Address.ofIpv4(0), Mac.ZERO, address);
  }

  /** What tells everybody unasked that an address is at {@code mac}, in one of both operations. */
  public static ArpPacket gratuitous(int operation, Mac mac, Address address) {
    return new ArpPacket(Mac.BROADCAST, mac, operation, mac, address, Mac.BROADCAST, address);
  }

  private static int unsigned(ByteBuffer in) {
    return Short.toUnsignedInt(in.getShort());
  }

  private static Mac mac(ByteBuffer in) {
    byte[] bytes = new byte[6];
    in.get(bytes);
    return Mac.of(bytes);
  }
}
