/** Steps of a command, as data. Start reading at {@link Phase}. */
@NullMarked
package dev.ballast.bootstrap.phase;

import org.jspecify.annotations.NullMarked;
