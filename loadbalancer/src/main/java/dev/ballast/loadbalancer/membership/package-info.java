/**
 * Which speakers are alive, found out in tenths of a second. Start reading at {@link
 * dev.ballast.loadbalancer.membership.Detector}; the reasoning is in
 * docs/decisions/0003-l2-membership.md.
 */
@NullMarked
package dev.ballast.loadbalancer.membership;

import org.jspecify.annotations.NullMarked;
