package dev.ballast.objects;

import java.util.List;

/**
 * What became of the objects from one snapshot to a later one.
 *
 * @param changed as they are now
 * @param removed as they were
 */
public record Changes(List<Stored> added, List<Stored> changed, List<Stored> removed) {
  public Changes {
    added = List.copyOf(added);
    changed = List.copyOf(changed);
    removed = List.copyOf(removed);
  }

  /** Whether nothing changed. */
  public boolean isEmpty() {
    return added.isEmpty() && changed.isEmpty() && removed.isEmpty();
  }
}
