/**
 * TCP, UDP and ICMPv6 sockets with the options that routing protocols need and the JDK's do not
 * have: TCP-MD5, a smallest accepted TTL, the TTL of what was received, a device. None of them
 * blocks; start reading at {@link dev.ballast.linux.socket.Poller}.
 */
@NullMarked
package dev.ballast.linux.socket;

import org.jspecify.annotations.NullMarked;
