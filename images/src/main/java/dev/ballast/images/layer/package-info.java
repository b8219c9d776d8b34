/** Layers: directories of an overlay to tar streams and back, compressed in parallel. */
@NullMarked
package dev.ballast.images.layer;

import org.jspecify.annotations.NullMarked;
