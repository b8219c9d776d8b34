/**
 * The connections of BGP sessions: what a session needs of TCP, and TCP of Linux behind it. Start
 * at {@link dev.ballast.loadbalancer.bgp.transport.Transport}. All of it runs on the thread of one
 * loop.
 */
@NullMarked
package dev.ballast.loadbalancer.bgp.transport;

import org.jspecify.annotations.NullMarked;
