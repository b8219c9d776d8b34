/** Packet sockets with a kernel filter. Start at {@link dev.ballast.linux.packet.PacketSocket}. */
@NullMarked
package dev.ballast.linux.packet;

import org.jspecify.annotations.NullMarked;
