/**
 * Digests, descriptors, manifests and names of OCI content. Start reading at {@link
 * dev.ballast.oci.Manifest}; the store is in {@code content}, the server in {@code registry}, the
 * client in {@code client}.
 */
@NullMarked
package dev.ballast.oci;

import org.jspecify.annotations.NullMarked;
