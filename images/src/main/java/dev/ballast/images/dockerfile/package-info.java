/** The Dockerfile front end: text to instructions, without any I/O. */
@NullMarked
package dev.ballast.images.dockerfile;

import org.jspecify.annotations.NullMarked;
