/** A machine stops being a node. Start reading at {@link ResetPhases}. */
@NullMarked
package dev.ballast.bootstrap.reset;

import org.jspecify.annotations.NullMarked;
