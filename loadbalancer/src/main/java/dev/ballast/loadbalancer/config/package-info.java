/**
 * From objects as people write them to what allocation and election work on, with every problem
 * named. Start reading at {@link dev.ballast.loadbalancer.config.Configuration}.
 */
@NullMarked
package dev.ballast.loadbalancer.config;

import org.jspecify.annotations.NullMarked;
