/**
 * {@code ballast up}: a rack of hosts on this machine, two services with addresses, and what
 * happens when the owner of one dies. Start at {@link dev.ballast.cli.up.UpCommand}.
 */
@NullMarked
package dev.ballast.cli.up;

import org.jspecify.annotations.NullMarked;
