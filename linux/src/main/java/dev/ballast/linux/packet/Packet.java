package dev.ballast.linux.packet;

import dev.ballast.linux.netlink.MacAddress;

/**
 * One packet as received.
 *
 * @param bytes from the network header on (from the Ethernet header on a raw socket)
 * @param source the sender's address on the link
 * @param direction to whom it went: 0 us, 1 broadcast, 2 multicast, 3 another host, 4 sent by us
 */
@SuppressWarnings("ArrayRecordComponent") // A buffer that is handed over, never compared.
public record Packet(byte[] bytes, MacAddress source, int direction) {
  public static final int OTHER_HOST = 3;
  public static final int OUTGOING = 4;
}
