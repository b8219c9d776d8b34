/** What is kept between builds: blobs by digest, layers by the step that made them. */
@NullMarked
package dev.ballast.images.store;

import org.jspecify.annotations.NullMarked;
