/** {@code ballast buildx} and {@code ballast build}. */
@NullMarked
package dev.ballast.cli.images;

import org.jspecify.annotations.NullMarked;
