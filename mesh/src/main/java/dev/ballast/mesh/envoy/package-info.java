/**
 * Envoy's configuration for one proxy, made of the model alone, by Istio's names and structure.
 * Start reading at {@code Generator}.
 */
@NullMarked
package dev.ballast.mesh.envoy;

import org.jspecify.annotations.NullMarked;
