/**
 * A registry: the distribution specification over a content store. Start reading at {@link
 * dev.ballast.oci.registry.RegistryServer}; {@link dev.ballast.oci.registry.RegistryApi} answers
 * the requests.
 */
@NullMarked
package dev.ballast.oci.registry;

import org.jspecify.annotations.NullMarked;
