/**
 * The state machine of a BGP session (RFC 4271 section 8, with collision detection of section 6.8)
 * as a pure function. Start at {@link dev.ballast.loadbalancer.bgp.session.Session}. Sockets and
 * timers belong to a driver.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.session;

import org.jspecify.annotations.NullMarked;
