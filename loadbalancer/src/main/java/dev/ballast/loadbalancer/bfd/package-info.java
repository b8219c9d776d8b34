/**
 * Bidirectional Forwarding Detection (RFC 5880, 5881, 5883), asynchronous mode: packets, the state
 * machine of a session as a pure function, and sessions on sockets with a thread of their own.
 * Start at {@link dev.ballast.loadbalancer.bfd.BfdSession}.
 */
@NullMarked
package dev.ballast.loadbalancer.bfd;

import org.jspecify.annotations.NullMarked;
