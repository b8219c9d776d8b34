/**
 * The ground of {@code up} and of every test with real peers. Start at {@link
 * dev.ballast.lab.rack.Rack} (what there is to be), {@link dev.ballast.lab.live.Lab} (which makes
 * it so), and {@link dev.ballast.lab.simulation.Simulation} (time and network without a kernel).
 */
@NullMarked
package dev.ballast.lab;

import org.jspecify.annotations.NullMarked;
