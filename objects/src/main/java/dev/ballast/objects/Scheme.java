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

  private Scheme(List<Kind<?>> kinds) {
    for (Kind<?> kind : kinds) {
      if (byType.put(new Type(kind.apiVersion(), kind.name()), kind) != null) {
        throw new IllegalArgumentException("kind=" + kind.name() + " is there twice");
      }
    }
  }

  /** Returns a scheme of these kinds. */
  public static Scheme of(Kind<?>... kinds) {
    return new Scheme(Arrays.asList(kinds));
  }

  /** Returns this scheme with more kinds. */
  public Scheme with(Kind<?>... more) {
    List<Kind<?>> all = new ArrayList<>(kinds());
    all.addAll(Arrays.asList(more));
    return new Scheme(all);
  }

  /**
   * Returns this scheme that reads manifests of a kind in other versions too; their fields are the
   * same.
   */
  public Scheme alsoReading(Kind<?> kind, String... versions) {
    Scheme next = new Scheme(kinds());
    next.byType.putAll(byType);
    for (String version : versions) {
      next.byType.putIfAbsent(new Type(kind.group() + "/" + version, kind.name()), kind);
    }
    return next;
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
