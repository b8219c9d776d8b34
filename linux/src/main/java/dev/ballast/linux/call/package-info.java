/**
 * Downcalls with captured errno. Not exported: start reading at {@link
 * dev.ballast.linux.call.Call}.
 */
@NullMarked
package dev.ballast.linux.call;

import org.jspecify.annotations.NullMarked;
