/**
 * IP addresses and ranges of both families, right up to the last address. Start reading at {@link
 * dev.ballast.loadbalancer.address.AddressRange}.
 */
@NullMarked
package dev.ballast.loadbalancer.address;

import org.jspecify.annotations.NullMarked;
