package dev.ballast.linux.socket;

import java.net.InetAddress;

/**
 * A packet as received.
 *
 * @param to the address that it was sent to
 * @param link the index of the interface that it came through
 * @param timeToLive the TTL or hop limit that it had when it arrived
 */
@SuppressWarnings("ArrayRecordComponent") // A buffer that is handed over, never compared.
public record Datagram(byte[] bytes, Endpoint from, InetAddress to, int link, int timeToLive) {}
