package dev.ballast.objects;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** All objects of a home at one moment. Immutable. */
public final class Snapshot {
  /** What a store has before it read anything. */
  public static final Snapshot NONE = new Snapshot(0, List.of(), List.of(), false);

  private final long version;
  private final ObjectIndex index;
  private final List<Problem> problems;
  private final boolean reachable;

  /**
   * Makes one.
   *
   * @param version grows with each change
   * @param objects in any order
   * @param problems what is wrong in the manifests
   * @param reachable whether the home could be read just now; if not, the objects are the last
   *     known
   */
  public Snapshot(
      long version, Collection<Stored> objects, List<Problem> problems, boolean reachable) {
    this(version, ObjectIndex.of(objects), problems, reachable);
  }

  private Snapshot(long version, ObjectIndex index, List<Problem> problems, boolean reachable) {
    this.version = version;
    this.index = index;
    this.problems = List.copyOf(problems);
    this.reachable = reachable;
  }

  /** The next one, with objects in the place of those of their keys; shares all others. */
  Snapshot with(Collection<Stored> changed) {
    return next(changed, List.of(), problems, reachable);
  }

  /**
   * Returns the snapshot that follows this one; what did not change is shared.
   *
   * @param changed objects that are new, or take the place of those of their keys
   */
  public Snapshot next(
      Collection<Stored> changed,
      Collection<ObjectKey> removed,
      List<Problem> nextProblems,
      boolean nextReachable) {
    return new Snapshot(version + 1, index.with(changed, removed), nextProblems, nextReachable);
  }

  /** Grows with each change. */
  public long version() {
    return version;
  }

  /** All objects, in the order of their keys. */
  public List<Stored> objects() {
    return index.all();
  }

  /** What is wrong in the manifests. */
  public List<Problem> problems() {
    return problems;
  }

  /** Whether the home could be read just now; if not, the objects are the last known. */
  public boolean reachable() {
    return reachable;
  }

  /** What became of the objects since another snapshot of the same home, however old. */
  public Changes changesSince(Snapshot before) {
    return index.since(before.index);
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
            .orElse("the objects cannot be read: no answer yet"));
  }

  /** Whether something in the manifests could not be used. */
  public boolean hasErrors() {
    return problems.stream().anyMatch(p -> p.severity() == Problem.Severity.ERROR);
  }

  /** The objects of a kind. */
  public <T extends KubernetesObject> List<T> all(Class<T> kind) {
    List<T> found = new ArrayList<>();
    for (List<Stored> ofKind : index.lists()) {
      // Objects of one kind have one type.
      if (kind.isInstance(ofKind.getFirst().object())) {
        ofKind.forEach(stored -> found.add(kind.cast(stored.object())));
      }
    }
    return found;
  }

  /** The object of a key. */
  public Optional<Stored> find(ObjectKey key) {
    return index.find(key);
  }
}
