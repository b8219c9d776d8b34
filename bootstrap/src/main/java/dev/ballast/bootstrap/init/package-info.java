/** The first control-plane node of a cluster. Start reading at {@link InitPhases}. */
@NullMarked
package dev.ballast.bootstrap.init;

import org.jspecify.annotations.NullMarked;
