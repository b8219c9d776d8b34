/** {@code ballast mesh}: Istio's objects, served to proxies. Start reading at MeshCommand. */
@NullMarked
package dev.ballast.cli.mesh;

import org.jspecify.annotations.NullMarked;
