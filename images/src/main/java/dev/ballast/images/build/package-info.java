/** From a Dockerfile to images: stages, steps, configuration, output. */
@NullMarked
package dev.ballast.images.build;

import org.jspecify.annotations.NullMarked;
