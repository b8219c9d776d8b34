package dev.ballast.objects;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All objects of a home at one moment.
 *
 * @param version grows with each change
 * @param objects in the order of their keys
 * @param problems what is wrong in the manifests
 * @param reachable whether the home could be read just now; if not, the objects are the last known
 */
public record Snapshot(
    long version, List<Stored> objects, List<Problem> problems, boolean reachable) {
  public Snapshot {
    objects = List.copyOf(objects);
    problems = List.copyOf(problems);
  }

  /** Returns why the home could not be read just now; empty when it could. */
  public Optional<String> unreadable() {
    if (reachable) {
      return Optional.empty();
    }
    return Optional.of(
        problems.stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .findFirst()
            .map(Problem::toString)
            .orElse("no answer yet"));
  }

  /** Whether something in the manifests could not be used. */
  public boolean hasErrors() {
    return problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
  }

  /** The objects of a kind. */
  public <T extends KubernetesObject> List<T> all(Class<T> kind) {
    List<T> found = new ArrayList<>();
    for (Stored stored : objects) {
      if (kind.isInstance(stored.object())) {
        found.add(kind.cast(stored.object()));
      }
    }
    return found;
  }

  /** The object of a key. */
  public Optional<Stored> find(ObjectKey key) {
    return objects.stream().filter(stored -> stored.object().key().equals(key)).findFirst();
  }
}
