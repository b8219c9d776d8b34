/** The exchanges with a registry that a build needs. */
@NullMarked
package dev.ballast.images.registry;

import org.jspecify.annotations.NullMarked;
