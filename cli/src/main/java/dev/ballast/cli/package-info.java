/**
 * The {@code ballast} command: the roles and commands of every module wired together. Start reading
 * at {@link dev.ballast.cli.Ballast}. Commands are thin: they parse, call a module, print, and turn
 * the outcome into an exit code.
 */
@NullMarked
package dev.ballast.cli;

import org.jspecify.annotations.NullMarked;
