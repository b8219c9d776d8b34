/**
 * The messages of BGP-4 and their encoding: RFC 4271 with four-octet AS numbers (6793),
 * multiprotocol reachability (4760), capabilities (5492, 9072), route refresh (2918), IPv4 routes
 * with IPv6 next hops (8950), large communities (8092) and the error handling of RFC 7606. Start at
 * {@link dev.ballast.loadbalancer.bgp.message.Message}. No I/O.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.message;

import org.jspecify.annotations.NullMarked;
