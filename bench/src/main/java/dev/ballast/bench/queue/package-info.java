/**
 * Queues beside their peers: throughput by shape, round trip, bytes per operation. Start reading at
 * {@link dev.ballast.bench.queue.QueueReport}.
 */
@NullMarked
package dev.ballast.bench.queue;

import org.jspecify.annotations.NullMarked;
