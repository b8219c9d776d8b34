/**
 * The peers of a speaker: each session with its connections, timers and routes. Start at {@link
 * dev.ballast.loadbalancer.bgp.peering.Peering} for one, {@link
 * dev.ballast.loadbalancer.bgp.peering.Peers} for all.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.peering;

import org.jspecify.annotations.NullMarked;
