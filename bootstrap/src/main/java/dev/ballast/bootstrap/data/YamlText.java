package dev.ballast.bootstrap.data;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Writes values as Kubernetes' own programs do, byte for byte: keys sorted, lists not indented.
 * Checksums are made over such text.
 */
public final class YamlText {
  private static final Pattern OTHER_TYPE =
      Pattern.compile(
          "(?i)(|~|y|n|yes|no|on|off|true|false|null|[-+]?\\.(nan|inf)|<<|=|"
              + "[-+]?[0-9][0-9_]*(\\.[0-9_]*)?(e[-+]?[0-9]+)?|[-+]?\\.[0-9_]+(e[-+]?[0-9]+)?|"
              + "0[xob][0-9a-f_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?|"
              + "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?)");
  private static final Pattern FORBIDDEN_START =
      Pattern.compile("[,\\[\\]{}#&*!|>'\"%@`].*|[-?:]([ \\t].*)?| .*|---.*|\\.\\.\\..*");
  private static final Pattern FORBIDDEN = Pattern.compile(".*(: | #|:$| $|\\t).*");

  private final StringBuilder out = new StringBuilder();

  private YamlText() {}

  public static String of(Map<String, ?> value) {
    var yaml = new YamlText();
    if (value.isEmpty()) {
      return "{}\n";
    }
    yaml.object(value, "");
    return yaml.out.toString();
  }

  /** Returns several documents with their separators. */
  public static String ofAll(List<? extends Map<String, ?>> values) {
    return String.join("---\n", values.stream().map(YamlText::of).toList());
  }

  private void object(Map<?, ?> map, String indent) {
    var sorted = new TreeMap<String, Object>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    String before = "";
    for (var entry : sorted.entrySet()) {
      out.append(before).append(scalar(entry.getKey())).append(':');
      value(entry.getValue(), indent);
      before = indent;
    }
  }

  private void value(Object value, String indent) {
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
      default -> plain(value, indent + "  ");
    }
  }

  private void member(Object value, String indent) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        out.append(' ');
        object(map, indent + "  ");
      }
      case List<?> list when !list.isEmpty() -> {
        String before = " ";
        for (Object member : list) {
          out.append(before).append('-');
          member(member, indent + "  ");
          before = indent + "  ";
        }
      }
      default -> plain(value, indent + "  ");
    }
  }

  private void plain(Object value, String indent) {
    switch (value) {
      case Map<?, ?> _ -> out.append(" {}\n");
      case List<?> _ -> out.append(" []\n");
      case String text when isBlock(text) -> block(text, indent);
      case String text -> out.append(' ').append(scalar(text)).append('\n');
      default -> out.append(' ').append(value).append('\n');
    }
  }

  private static boolean isBlock(String text) {
    return text.contains("\n")
        && !text.startsWith(" ")
        && !text.startsWith("\n")
        && text.chars().allMatch(c -> c >= 0x20 || c == '\n' || c == '\t');
  }

  private void block(String text, String indent) {
    out.append(text.endsWith("\n\n") ? " |+\n" : text.endsWith("\n") ? " |\n" : " |-\n");
    String body = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    for (String line : body.split("\n", -1)) {
      out.append(line.isEmpty() ? "" : indent).append(line).append('\n');
    }
  }

  private static String scalar(String text) {
    if (text.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      return quoted(text);
    }
    if (OTHER_TYPE.matcher(text).matches()) {
      return quoted(text);
    }
    return FORBIDDEN_START.matcher(text).matches() || FORBIDDEN.matcher(text).matches()
        ? "'" + text.replace("'", "''") + "'"
        : text;
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> quoted.append("\\\"");
            case '\\' -> quoted.append("\\\\");
            case '\n' -> quoted.append("\\n");
            case '\t' -> quoted.append("\\t");
            default -> {
              if (c < 0x20 || c == 0x7f) {
                quoted.append("\\x%02x".formatted(c));
              } else {
                quoted.appendCodePoint(c);
              }
            }
          }
        });
    return quoted.append('"').toString();
  }
}
