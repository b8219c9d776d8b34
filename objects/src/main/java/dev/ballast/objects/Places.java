package dev.ballast.objects;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

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

  static Map<String, Origin> of(MappingNode object, Problems problems) {
    Places places = new Places(problems);
    for (NodeTuple tuple : object.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals("spec")) {
        places.walk("spec", key, tuple.getValueNode(), 0);
      }
    }
    return places.found;
  }

  private void walk(String path, Node at, Node value, int depth) {
    if (found.size() >= LIMIT || depth > DEPTH_LIMIT) {
      return;
    }
    found.put(path, problems.origin(at));
    if (value instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key) {
          walk(path + "." + key.getValue(), key, tuple.getValueNode(), depth + 1);
        }
      }
    } else if (value instanceof SequenceNode sequence) {
      List<Node> items = sequence.getValue();
      for (int i = 0; i < items.size() && found.size() < LIMIT; i++) {
        walk(path + "[" + i + "]", items.get(i), items.get(i), depth + 1);
      }
    }
  }
}
