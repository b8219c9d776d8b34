/**
 * The machine that becomes a node: its files, programs and services. Start reading at {@link
 * NodeFiles}.
 */
@NullMarked
package dev.ballast.bootstrap.machine;

import org.jspecify.annotations.NullMarked;
