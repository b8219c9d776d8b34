package dev.ballast.certificates.change;

import java.time.InstantSource;

/** Changes that are cut short. */
public final class Interrupted {
  private Interrupted() {}

  /**
   * Makes the plan so, until it is killed before a step.
   *
   * @param step the number of the step, from 1
   * @return whether there was such a step; otherwise all of the plan is done
   */
  public static boolean before(int step, StateDirectory state, InstantSource clock, Plan plan) {
    var changes = new Changes(state, clock, Changes.RETAINED, FaultyDisk.killedAt(step));
    try (var session = changes.open()) {
      session.apply(plan);
      return false;
    } catch (FaultyDisk.Kill e) {
      return true;
    }
  }
}
