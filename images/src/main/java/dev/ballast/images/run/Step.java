package dev.ballast.images.run;

import java.util.List;
import java.util.Map;

/**
 * A program to run in a root.
 *
 * @param user as {@code USER} has it; empty for root
 * @param ownNetwork whether it has no network
 */
public record Step(
    List<String> words,
    Map<String, String> environment,
    String directory,
    String user,
    boolean ownNetwork,
    List<StepMount> mounts,
    Map<String, String> hosts) {
  public Step {
    words = List.copyOf(words);
    mounts = List.copyOf(mounts);
  }
}
