/**
 * The routes that a speaker wants its peers to have, and what has to be sent so that a peer has
 * them. Start at {@link dev.ballast.loadbalancer.bgp.rib.AdjRibOut}. No I/O.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.rib;

import org.jspecify.annotations.NullMarked;
