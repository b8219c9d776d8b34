/** A machine joins a cluster. Start reading at {@link JoinPhases}. */
@NullMarked
package dev.ballast.bootstrap.join;

import org.jspecify.annotations.NullMarked;
