/**
 * Which service has which address, as a pure function with reasons. Start reading at {@link
 * dev.ballast.loadbalancer.allocation.Allocation}.
 */
@NullMarked
package dev.ballast.loadbalancer.allocation;

import org.jspecify.annotations.NullMarked;
