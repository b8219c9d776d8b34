/** What is checked before a machine is changed. Start reading at {@link Preflight}. */
@NullMarked
package dev.ballast.bootstrap.preflight;

import org.jspecify.annotations.NullMarked;
