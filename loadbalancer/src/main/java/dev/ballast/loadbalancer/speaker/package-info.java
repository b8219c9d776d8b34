/**
 * The part that runs on each node and answers for the addresses that the node owns. Start reading
 * at {@link dev.ballast.loadbalancer.speaker.Announcer} for the decisions and {@link
 * dev.ballast.loadbalancer.speaker.Speaker} for the threads.
 */
@NullMarked
package dev.ballast.loadbalancer.speaker;

import org.jspecify.annotations.NullMarked;
