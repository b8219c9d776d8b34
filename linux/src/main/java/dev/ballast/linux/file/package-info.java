/**
 * File operations that the JDK has no name for. Start at {@link
 * dev.ballast.linux.file.AtomicRename}.
 */
@NullMarked
package dev.ballast.linux.file;

import org.jspecify.annotations.NullMarked;
