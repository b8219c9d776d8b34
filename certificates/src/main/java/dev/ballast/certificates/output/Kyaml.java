package dev.ballast.certificates.output;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** KYAML: YAML in flow style with quoted strings, as Kubernetes' printers write it. */
final class Kyaml {
  private final StringBuilder out = new StringBuilder("---\n");

  private Kyaml() {}

  static String of(Map<String, ?> value) {
    var yaml = new Kyaml();
    yaml.object(value, "");
    return yaml.out.append('\n').toString();
  }

  private void object(Map<?, ?> map, String indent) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append("{\n");
    map.forEach((key, value) -> {
      out.append(indent).append("  ").append(key).append(": ");
      value(value, indent + "  ");
      out.append(",\n");
    });
    out.append(indent).append('}');
  }

  private void value(@Nullable Object value, String indent) {
    switch (value) {
      case Map<?, ?> map -> object(map, indent);
      case List<?> list -> list(list, indent);
      case null, default -> out.append(Json.compact(value));
    }
  }

  private void list(List<?> list, String indent) {
    out.append('[');
    var separator = "";
    for (Object member : list) {
      out.append(separator);
      value(member, indent);
      separator = ", ";
    }
    out.append(']');
  }
}
