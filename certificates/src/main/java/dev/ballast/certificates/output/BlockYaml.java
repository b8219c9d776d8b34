package dev.ballast.certificates.output;

import dev.ballast.pki.kubeconfig.YamlScalar;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes values as YAML the way Kubernetes does: keys sorted, lists not indented. */
final class BlockYaml {
  private final StringBuilder out = new StringBuilder();

  private BlockYaml() {}

  static String of(Map<String, ?> value) {
    var yaml = new BlockYaml();
    yaml.object(value, "");
    return yaml.out.toString();
  }

  private void object(Map<?, ?> map, String indent) {
    var sorted = new TreeMap<String, @Nullable Object>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    String before = "";
    for (Map.Entry<String, @Nullable Object> entry : sorted.entrySet()) {
      out.append(before).append(YamlScalar.of(entry.getKey())).append(':');
      value(entry.getValue(), indent);
      before = indent;
    }
  }

  private void value(@Nullable Object value, String indent) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        out.append('\n').append(indent).append("  ");
        object(map, indent + "  ");
      }
      case List<?> list when !list.isEmpty() -> {
        out.append('\n');
        for (Object member : list) {
          out.append(indent).append('-');
          member(member, indent);
        }
      }
      case null, default -> out.append(' ').append(scalar(value)).append('\n');
    }
  }

  private void member(@Nullable Object member, String indent) {
    if (member instanceof Map<?, ?> map && !map.isEmpty()) {
      out.append(' ');
      object(map, indent + "  ");
    } else {
      value(member, indent + "  ");
    }
  }

  private static String scalar(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String text -> YamlScalar.of(text);
      case Map<?, ?> _ -> "{}";
      case List<?> _ -> "[]";
      default -> value.toString();
    };
  }
}
