/** Addresses for LoadBalancer services on bare metal. */
@NullMarked
package dev.ballast.loadbalancer;

import org.jspecify.annotations.NullMarked;
