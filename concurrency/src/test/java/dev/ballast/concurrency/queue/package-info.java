/** Proofs and tests of the queues. */
@NullMarked
package dev.ballast.concurrency.queue;

import org.jspecify.annotations.NullMarked;
