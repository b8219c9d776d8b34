/**
 * Several files changed as one: staged, committed by a journal, finished or rolled back after a
 * kill, and kept as a backup. Start reading at {@link dev.ballast.certificates.change.Changes}; how
 * a pair of files changes in one instant is told in {@link dev.ballast.certificates.change.Swap}.
 */
@NullMarked
package dev.ballast.certificates.change;

import org.jspecify.annotations.NullMarked;
