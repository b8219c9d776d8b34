/**
 * The part that runs once in a cluster and gives services their addresses. Start reading at {@link
 * dev.ballast.loadbalancer.controller.Reconciliation}.
 */
@NullMarked
package dev.ballast.loadbalancer.controller;

import org.jspecify.annotations.NullMarked;
