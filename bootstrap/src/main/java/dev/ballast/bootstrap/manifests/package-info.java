/** The static pods of a control-plane node. Start reading at {@link StaticPods}. */
@NullMarked
package dev.ballast.bootstrap.manifests;

import org.jspecify.annotations.NullMarked;
