/**
 * Queues between threads in which a thread that stops never stops the others, and a few things that
 * stand on them. Start reading at {@link dev.ballast.concurrency.queue.ConcurrentQueue}, and choose
 * one with {@link dev.ballast.concurrency.queue.Queues}.
 */
@NullMarked
package dev.ballast.concurrency.queue;

import org.jspecify.annotations.NullMarked;
