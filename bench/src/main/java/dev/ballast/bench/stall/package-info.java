/**
 * The stall sweep: a debugger stops one thread at every step of a queue operation and looks whether
 * the others go on. Start reading at {@link dev.ballast.bench.stall.StallSweep}.
 */
@NullMarked
package dev.ballast.bench.stall;

import org.jspecify.annotations.NullMarked;
