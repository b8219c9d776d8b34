/**
 * BGP of one speaker: takes in what the objects say, gives each peer its routes, and tells how
 * things are. Start at {@link dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker}.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.speaker;

import org.jspecify.annotations.NullMarked;
