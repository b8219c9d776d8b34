/** {@code ballast tasks}: what any Ballast process is doing, on a live machine. */
@org.jspecify.annotations.NullMarked
package dev.ballast.cli.tasks;
