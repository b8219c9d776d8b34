/**
 * Time and a network that are made of nothing but a seed: the same run each time. Start at {@link
 * dev.ballast.lab.simulation.Simulation}.
 */
@NullMarked
package dev.ballast.lab.simulation;

import org.jspecify.annotations.NullMarked;
