package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.data.Data;
import dev.ballast.yaml.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Finds fields that kubeadm does not know, and fields that are there twice. */
final class KnownFields {
  private static final Map<String, Object> KINDS =
      Data.mapAt(Data.resource(KnownFields.class, "fields.yaml").getFirst(), "kinds");

  private final String source;
  private final List<String> findings = new ArrayList<>();

  private KnownFields(String source) {
    this.source = source;
  }

  static boolean isKind(String kind) {
    return KINDS.containsKey(kind);
  }

  /** Returns a finding for each, with file, line and column. */
  static List<String> check(String source, String kind, Node.Mapping root) {
    var fields = new KnownFields(source);
    fields.mapping(root, Data.mapAt(KINDS, kind), "");
    return fields.findings;
  }

  private void mapping(Node.Mapping node, Map<String, Object> shape, String path) {
    var seen = new HashSet<String>();
    for (var entry : node.entries()) {
      if (!(entry.key() instanceof Node.Scalar key) || key.value().equals("<<")) {
        continue;
      }
      String name = path.isEmpty() ? key.value() : path + "." + key.value();
      if (!shape.containsKey(key.value())) {
        findings.add(source + ":" + key.position() + ": unknown field \"" + name + "\"");
      } else if (!seen.add(key.value())) {
        findings.add(source + ":" + key.position() + ": field \"" + name + "\" is there twice");
      } else {
        value(entry.value(), Data.at(shape, key.value()).orElse(""), name);
      }
    }
  }

  private void value(Node node, Object shape, String path) {
    if (shape instanceof Map<?, ?> && node instanceof Node.Mapping mapping) {
      mapping(mapping, Data.mapAt(Map.of("shape", shape), "shape"), path);
    } else if (shape instanceof List<?> list && node instanceof Node.Sequence sequence) {
      int index = 0;
      for (Node item : sequence.items()) {
        value(item, list.getFirst(), path + "[" + index++ + "]");
      }
    }
  }
}
