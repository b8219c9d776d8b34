package dev.ballast.mesh.envoy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was generated before, by name and inputs: what has the same inputs (identical, for objects
 * of the model are shared) is not generated again, and what comes out equal stays identical. One
 * thread at a time; two generations are kept.
 */
@SuppressWarnings("ReferenceEquality")
final class Memo {
  private record Entry(List<Object> inputs, Object value) {}

  private Map<String, Entry> before = new HashMap<>();
  private Map<String, Entry> now = new HashMap<>();

  interface Maker<T> {
    T make();
  }

  /** Begins the next generation. */
  void turn() {
    before = now;
    now = new HashMap<>(before.size() * 2);
  }

  @SuppressWarnings("unchecked") // one name has one type
  <T> T get(String name, List<Object> inputs, Maker<T> maker) {
    @Nullable Entry last = before.get(name);
    if (last != null && identical(last.inputs, inputs)) {
      now.put(name, last);
      return (T) last.value;
    }
    T made = maker.make();
    T kept = last != null && last.value.equals(made) ? (T) last.value : made;
    now.put(name, new Entry(inputs, kept));
    return kept;
  }

  private static boolean identical(List<Object> one, List<Object> other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (one.get(i) != other.get(i)) {
        return false;
      }
    }
    return true;
  }
}
