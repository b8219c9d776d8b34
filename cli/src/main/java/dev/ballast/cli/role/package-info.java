/** What the commands of all products share that run a role or read its objects. */
@NullMarked
package dev.ballast.cli.role;

import org.jspecify.annotations.NullMarked;
