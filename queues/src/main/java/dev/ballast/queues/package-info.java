/**
 * Queues between threads in which a thread that stops never stops the others, and a few things that
 * stand on them. Start reading at {@link dev.ballast.queues.ConcurrentQueue}, and choose one with
 * {@link dev.ballast.queues.Queues}.
 */
@NullMarked
package dev.ballast.queues;

import org.jspecify.annotations.NullMarked;
