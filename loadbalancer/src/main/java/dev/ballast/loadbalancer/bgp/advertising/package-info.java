/**
 * What a node announces by BGP, and to whom: the configuration of peers and advertisements out of
 * the objects, and the decision which routes each peer gets. No I/O. Start at {@link
 * dev.ballast.loadbalancer.bgp.advertising.Advertising}.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.advertising;

import org.jspecify.annotations.NullMarked;
