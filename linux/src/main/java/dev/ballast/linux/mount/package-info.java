/**
 * Mounts, and what a file system says of itself. Start at {@link dev.ballast.linux.mount.Mounts}.
 */
@NullMarked
package dev.ballast.linux.mount;

import org.jspecify.annotations.NullMarked;
