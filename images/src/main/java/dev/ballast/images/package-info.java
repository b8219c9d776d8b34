/** Images for several platforms from a Dockerfile, built in this process. */
@NullMarked
package dev.ballast.images;

import org.jspecify.annotations.NullMarked;
