/** Istio's kinds as they are written in manifests, with their defaults and validation. */
@NullMarked
package dev.ballast.mesh.resource;

import org.jspecify.annotations.NullMarked;
