package dev.ballast.objects;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The kinds that a store reads and writes; a product hands over its own and those it uses. */
public final class Scheme {
  private record Type(String apiVersion, String name) {}

  private final Map<Type, Kind<?>> byType = new LinkedHashMap<>();
  private final List<Kind<?>> watched;

  private Scheme(List<Kind<?>> watched, List<Kind<?>> unwatched) {
    this.watched = List.copyOf(watched);
    for (Kind<?> kind : watched) {
      add(kind);
    }
    for (Kind<?> kind : unwatched) {
      add(kind);
    }
  }

  private void add(Kind<?> kind) {
    if (byType.put(new Type(kind.apiVersion(), kind.name()), kind) != null) {
      throw new IllegalArgumentException("kind=" + kind.name() + " is there twice");
    }
  }

  /** Returns a scheme of these kinds. */
  public static Scheme of(Kind<?>... kinds) {
    return new Scheme(Arrays.asList(kinds), List.of());
  }

  /** Returns this scheme with more kinds. */
  public Scheme with(Kind<?>... more) {
    List<Kind<?>> all = new ArrayList<>(watched);
    all.addAll(Arrays.asList(more));
    Scheme next = new Scheme(all, unwatched());
    byType.forEach(next.byType::putIfAbsent);
    return next;
  }

  /**
   * Returns this scheme with kinds that are read and written one object at a time: snapshots do not
   * have them, and nothing is listed or watched for them.
   */
  public Scheme using(Kind<?>... more) {
    List<Kind<?>> all = new ArrayList<>(unwatched());
    all.addAll(Arrays.asList(more));
    Scheme next = new Scheme(watched, all);
    byType.forEach(next.byType::putIfAbsent);
    return next;
  }

  /**
   * Returns this scheme that reads manifests of a kind in other versions too; their fields are the
   * same.
   */
  public Scheme alsoReading(Kind<?> kind, String... versions) {
    Scheme next = new Scheme(watched, unwatched());
    next.byType.putAll(byType);
    for (String version : versions) {
      next.byType.putIfAbsent(new Type(kind.group() + "/" + version, kind.name()), kind);
    }
    return next;
  }

  private List<Kind<?>> unwatched() {
    return kinds().stream().filter(kind -> !watched.contains(kind)).toList();
  }

  /** Returns the kinds that snapshots have, in the order in which they were named. */
  public List<Kind<?>> watched() {
    return watched;
  }

  /** Returns whether snapshots have objects of this kind. */
  boolean isWatched(Kind<?> kind) {
    return watched.contains(kind);
  }

  /** Returns the kind of an object. */
  public Optional<Kind<?>> kind(ObjectKey key) {
    return byType.values().stream().filter(kind -> kind.has(key)).findFirst();
  }

  /** Returns all kinds, in the order in which they were named. */
  public List<Kind<?>> kinds() {
    return byType.values().stream().distinct().toList();
  }

  /** Returns the kind of a manifest. */
  Optional<Kind<?>> find(String apiVersion, String name) {
    return Optional.ofNullable(byType.get(new Type(apiVersion, name)));
  }

  /** Returns the kind of that name, in whatever version. */
  Optional<Kind<?>> named(String name) {
    return byType.values().stream().filter(kind -> kind.name().equals(name)).findFirst();
  }
}
