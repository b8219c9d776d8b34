/**
 * Child processes that do not outlive their parent. Start at {@link
 * dev.ballast.linux.process.Spawner}.
 */
@NullMarked
package dev.ballast.linux.process;

import org.jspecify.annotations.NullMarked;
