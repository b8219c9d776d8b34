/** Label selectors, as Kubernetes means them. */
@NullMarked
package dev.ballast.loadbalancer.labels;

import org.jspecify.annotations.NullMarked;
