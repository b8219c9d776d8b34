/**
 * One thread that waits for sockets, timers and what other threads hand over. Protocols are written
 * against {@link dev.ballast.loadbalancer.loop.Timers}, so that they run on a simulated clock too.
 */
@NullMarked
package dev.ballast.loadbalancer.loop;

import org.jspecify.annotations.NullMarked;
