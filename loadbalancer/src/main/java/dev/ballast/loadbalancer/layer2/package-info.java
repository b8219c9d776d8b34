/**
 * Who answers for an address on the local link, and the answers. Start reading at {@link
 * dev.ballast.loadbalancer.layer2.Election}, then {@link dev.ballast.loadbalancer.layer2.Tenure}
 * and {@link dev.ballast.loadbalancer.layer2.Responder}.
 */
@NullMarked
package dev.ballast.loadbalancer.layer2;

import org.jspecify.annotations.NullMarked;
