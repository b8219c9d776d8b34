/**
 * State that the kernel keeps per thread. Start at {@link dev.ballast.linux.thread.CurrentThread}.
 */
@NullMarked
package dev.ballast.linux.thread;

import org.jspecify.annotations.NullMarked;
