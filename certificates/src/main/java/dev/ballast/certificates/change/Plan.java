package dev.ballast.certificates.change;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a change does: pure data, shown before it is done.
 *
 * @param reason a few words that name the backup, such as {@code renew all}
 * @param changes the files, each at most once
 * @param together sets of files that only make sense together, such as a certificate and its key:
 *     readers see all of a set changed or none
 */
public record Plan(String reason, List<FileChange> changes, List<Set<Path>> together) {
  /** More than this is not a node's certificates but a mistake. */
  static final int MAX_CHANGES = 10_000;

  public Plan {
    changes = List.copyOf(changes);
    together = together.stream().map(Set::copyOf).toList();
    if (changes.size() > MAX_CHANGES) {
      throw new IllegalArgumentException("changes=" + changes.size() + " limit=" + MAX_CHANGES);
    }
    var paths = new HashSet<Path>();
    for (var change : changes) {
      if (!paths.add(change.path())) {
        throw new IllegalArgumentException("changed twice: " + change.path());
      }
    }
  }

  public static Plan of(String reason, FileChange... changes) {
    return new Plan(reason, List.of(changes), List.of());
  }
}
