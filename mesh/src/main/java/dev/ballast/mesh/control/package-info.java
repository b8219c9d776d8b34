/**
 * The control plane as a role: follows the objects, keeps proxies up to date, and writes what it
 * found out into the statuses of the objects. Start reading at {@code ControlPlaneRole}.
 */
@NullMarked
package dev.ballast.mesh.control;

import org.jspecify.annotations.NullMarked;
