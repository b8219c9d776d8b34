/**
 * The kernel's calls as Java values. Start at {@link dev.ballast.linux.LinuxException} for how a
 * call fails and {@link dev.ballast.linux.Fd} for what most calls give.
 */
@NullMarked
package dev.ballast.linux;

import org.jspecify.annotations.NullMarked;
