/** The objects that a new cluster gets. Start reading at {@link ClusterObjects}. */
@NullMarked
package dev.ballast.bootstrap.cluster;

import org.jspecify.annotations.NullMarked;
