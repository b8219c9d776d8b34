/**
 * Content on disk, addressed by its digest, and repositories that name it. Start reading at {@link
 * dev.ballast.oci.content.ContentStore}. Several processes may use one store at once: files are
 * replaced whole, and {@link dev.ballast.oci.content.StoreLock} keeps writers and collection apart.
 */
@NullMarked
package dev.ballast.oci.content;

import org.jspecify.annotations.NullMarked;
