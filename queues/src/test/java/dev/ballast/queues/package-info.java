/** Proofs and tests of the queues. */
@NullMarked
package dev.ballast.queues;

import org.jspecify.annotations.NullMarked;
