/** Istio's objects, served to proxies. Start reading at {@code control.ControlPlaneRole}. */
@NullMarked
package dev.ballast.mesh;

import org.jspecify.annotations.NullMarked;
