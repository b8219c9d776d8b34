package dev.ballast.bootstrap.phase;

import dev.ballast.bootstrap.BootstrapFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The steps of a command in their order.
 *
 * @param command as a person types it
 */
public record Phases<C>(String command, List<Phase<C>> all) {

  /** Returns all names. */
  public List<String> names() {
    return all.stream().flatMap(phase -> phase.names().stream()).toList();
  }

  /** Finds a step by the words after {@code phase}. */
  public Optional<Phase<C>> find(List<String> words) {
    List<Phase<C>> among = all;
    Phase<C> found = null;
    for (String word : words) {
      if (word.equals("all") && found != null) {
        return Optional.of(found);
      }
      found = among.stream().filter(phase -> phase.name().equals(word)).findFirst().orElse(null);
      if (found == null) {
        return Optional.empty();
      }
      among = found.children();
    }
    return Optional.ofNullable(found);
  }

  /**
   * Runs all but some.
   *
   * @param skipped names, as {@code addon/coredns}
   */
  public void run(C context, Set<String> skipped) {
    for (String name : skipped) {
      if (!names().contains(name)) {
        throw new BootstrapFailure(
            "invalid phase name: " + name, "the phases are: " + String.join(" ", names()));
      }
    }
    all.forEach(phase -> run(phase, phase.name(), context, skipped));
  }

  /** Runs one with all that are below it. */
  public void runOne(Phase<C> phase, C context) {
    run(phase, phase.name(), context, Set.of());
  }

  private void run(Phase<C> phase, String path, C context, Set<String> skipped) {
    if (skipped.contains(path)) {
      return;
    }
    List<Path> missing = phase.missing(context);
    if (!missing.isEmpty()) {
      throw new BootstrapFailure(
          "the phase " + path + " needs " + missing.getFirst() + ", which does not exist",
          "run the phases before it: " + command + " phase " + before(phase));
    }
    phase.run().accept(context);
    phase.children().forEach(child -> run(child, path + "/" + child.name(), context, skipped));
  }

  private String before(Phase<C> phase) {
    int index = 0;
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).leaves().anyMatch(phase::equals) || all.get(i).equals(phase)) {
        index = i;
      }
    }
    return all.get(Math.max(0, index - 1)).name();
  }
}
