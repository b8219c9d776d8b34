package dev.ballast.objects;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Objects by kind and key. Immutable: one with a change shares the lists of all other kinds, so
 * that two can be compared by what they do not share.
 */
@SuppressWarnings("ReferenceEquality") // what two share need not be compared
final class ObjectIndex {
  static final ObjectIndex EMPTY = new ObjectIndex(new TreeMap<>());

  /** By kind and group; each list sorted by key, never changed. */
  private final Map<String, List<Stored>> byKind;

  private ObjectIndex(Map<String, List<Stored>> byKind) {
    this.byKind = byKind;
  }

  /** Of two objects of one key the later counts. */
  static ObjectIndex of(Collection<Stored> objects) {
    Map<String, Map<ObjectKey, Stored>> sorted = new HashMap<>();
    for (Stored stored : objects) {
      ObjectKey key = stored.object().key();
      sorted.computeIfAbsent(key.type(), _ -> new TreeMap<>()).put(key, stored);
    }
    Map<String, List<Stored>> byKind = new TreeMap<>();
    sorted.forEach((kind, ofKind) -> byKind.put(kind, List.copyOf(ofKind.values())));
    return new ObjectIndex(byKind);
  }

  /**
   * With objects in the place of those of their keys, and without some others. Costs one pass over
   * the objects of each kind that changed.
   */
  ObjectIndex with(Collection<Stored> changed, Collection<ObjectKey> removed) {
    Map<String, SortedMap<ObjectKey, Optional<Stored>>> edits = new TreeMap<>();
    for (ObjectKey key : removed) {
      edits.computeIfAbsent(key.type(), _ -> new TreeMap<>()).put(key, Optional.empty());
    }
    for (Stored stored : changed) {
      ObjectKey key = stored.object().key();
      edits.computeIfAbsent(key.type(), _ -> new TreeMap<>()).put(key, Optional.of(stored));
    }
    Map<String, List<Stored>> next = new TreeMap<>(byKind);
    boolean same = true;
    for (var entry : edits.entrySet()) {
      List<Stored> before = byKind.getOrDefault(entry.getKey(), List.of());
      List<Stored> after = edited(before, entry.getValue());
      if (after == before) {
        continue;
      }
      same = false;
      if (after.isEmpty()) {
        next.remove(entry.getKey());
      } else {
        next.put(entry.getKey(), after);
      }
    }
    return same ? this : new ObjectIndex(next);
  }

  private static List<Stored> edited(
      List<Stored> before, SortedMap<ObjectKey, Optional<Stored>> edits) {
    List<Stored> after = new ArrayList<>(before.size() + edits.size());
    int copied = 0;
    boolean same = true;
    for (var edit : edits.entrySet()) {
      int at = search(before, edit.getKey());
      boolean found = at >= 0;
      int place = found ? at : -at - 1;
      after.addAll(before.subList(copied, place));
      copied = found ? place + 1 : place;
      edit.getValue().ifPresent(after::add);
      boolean kept = found && edit.getValue().filter(now -> now == before.get(at)).isPresent();
      same &= kept || (!found && edit.getValue().isEmpty());
    }
    if (same) {
      return before;
    }
    after.addAll(before.subList(copied, before.size()));
    return Collections.unmodifiableList(after);
  }

  Optional<Stored> find(ObjectKey key) {
    List<Stored> ofKind = byKind.getOrDefault(key.type(), List.of());
    int at = search(ofKind, key);
    return at < 0 ? Optional.empty() : Optional.of(ofKind.get(at));
  }

  /** All, in the order of their keys. */
  List<Stored> all() {
    List<Stored> all = new ArrayList<>();
    byKind.values().forEach(all::addAll);
    return all;
  }

  /** The lists of each kind. */
  Collection<List<Stored>> lists() {
    return byKind.values();
  }

  /** What this has that another had not, and the other way round. */
  Changes since(ObjectIndex before) {
    List<Stored> added = new ArrayList<>();
    List<Stored> changed = new ArrayList<>();
    List<Stored> removed = new ArrayList<>();
    byKind.forEach((kind, now) -> {
      List<Stored> then = before.byKind.getOrDefault(kind, List.of());
      if (now != then) {
        compare(then, now, added, changed, removed);
      }
    });
    before.byKind.forEach((kind, then) -> {
      if (!byKind.containsKey(kind)) {
        removed.addAll(then);
      }
    });
    return new Changes(added, changed, removed);
  }

  private static void compare(
      List<Stored> then,
      List<Stored> now,
      List<Stored> added,
      List<Stored> changed,
      List<Stored> removed) {
    int old = 0;
    int next = 0;
    while (old < then.size() && next < now.size()) {
      Stored was = then.get(old);
      Stored is = now.get(next);
      int order = was == is ? 0 : was.object().key().compareTo(is.object().key());
      if (order < 0) {
        removed.add(was);
        old++;
      } else if (order > 0) {
        added.add(is);
        next++;
      } else {
        if (was != is && !was.equals(is)) {
          changed.add(is);
        }
        old++;
        next++;
      }
    }
    removed.addAll(then.subList(old, then.size()));
    added.addAll(now.subList(next, now.size()));
  }

  /** Where it is, or where it would be as a negative number, like {@link List} searches say. */
  private static int search(List<Stored> sorted, ObjectKey key) {
    int low = 0;
    int high = sorted.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = sorted.get(middle).object().key().compareTo(key);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -low - 1;
  }
}
