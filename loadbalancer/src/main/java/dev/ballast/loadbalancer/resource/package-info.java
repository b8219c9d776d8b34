/**
 * MetalLB's custom resources, with the field values as they are written. Start at {@link
 * dev.ballast.loadbalancer.resource.LoadBalancerKinds}.
 */
@NullMarked
package dev.ballast.loadbalancer.resource;

import org.jspecify.annotations.NullMarked;
