package dev.ballast.objects;

import dev.ballast.yaml.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Collects where the fields of an object's spec are written. */
final class Places {
  /**
   * Later fields have the place of what is around them. An alias is walked each time it is used.
   */
  private static final int LIMIT = 2_048;

  private static final int DEPTH_LIMIT = 16;

  private final Problems problems;
  private final Map<String, Origin> found = new HashMap<>();

  private Places(Problems problems) {
    this.problems = problems;
  }

  static Map<String, Origin> of(Node.Mapping object, Problems problems) {
    Places places = new Places(problems);
    object.entry("spec").ifPresent(spec -> places.walk("spec", spec.key(), spec.value(), 0));
    return places.found;
  }

  private void walk(String path, Node at, Node value, int depth) {
    if (found.size() >= LIMIT || depth > DEPTH_LIMIT) {
      return;
    }
    found.put(path, problems.origin(at));
    if (value instanceof Node.Mapping mapping) {
      for (Node.Entry entry : mapping.merged()) {
        if (entry.key() instanceof Node.Scalar key) {
          walk(path + "." + key.value(), key, entry.value(), depth + 1);
        }
      }
    } else if (value instanceof Node.Sequence sequence) {
      List<Node> items = sequence.items();
      for (int i = 0; i < items.size() && found.size() < LIMIT; i++) {
        walk(path + "[" + i + "]", items.get(i), items.get(i), depth + 1);
      }
    }
  }
}
