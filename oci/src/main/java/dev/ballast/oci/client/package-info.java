/**
 * A client of registries. Start reading at {@link dev.ballast.oci.client.RegistryClient}; {@link
 * dev.ballast.oci.client.ImageCopy} copies images between registries, layouts and stores.
 */
@NullMarked
package dev.ballast.oci.client;

import org.jspecify.annotations.NullMarked;
