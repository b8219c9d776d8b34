package dev.ballast.certificates.output;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes values as JSON: maps in their order, lists, strings, numbers, booleans and null. */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private final String indent;

  private Json(String indent) {
    this.indent = indent;
  }

  /** Indented as Go's MarshalIndent does, without a line feed at the end. */
  static String indented(@Nullable Object value, int spaces) {
    var json = new Json(" ".repeat(spaces));
    json.write(value, "\n");
    return json.out.toString();
  }

  /** On one line, as Go's Marshal does. */
  static String compact(@Nullable Object value) {
    var json = new Json("");
    json.write(value, "");
    return json.out.toString();
  }

  private void write(@Nullable Object value, String lineBreak) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> object(map, lineBreak);
      case List<?> list -> array(list, lineBreak);
      case String text -> string(text);
      default -> out.append(value);
    }
  }

  private void object(Map<?, ?> map, String lineBreak) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    String inner = inner(lineBreak);
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      out.append(inner);
      string(String.valueOf(entry.getKey()));
      out.append(lineBreak.isEmpty() ? ":" : ": ");
      write(entry.getValue(), inner);
      out.append(entries.hasNext() ? "," : lineBreak);
    }
    out.append('}');
  }

  private void array(List<?> list, String lineBreak) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    String inner = inner(lineBreak);
    out.append('[');
    for (int i = 0; i < list.size(); i++) {
      out.append(inner);
      write(list.get(i), inner);
      out.append(i + 1 < list.size() ? "," : lineBreak);
    }
    out.append(']');
  }

  private String inner(String lineBreak) {
    return lineBreak.isEmpty() ? "" : lineBreak + indent;
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // Go writes <, > and & so that the text can stand in HTML.
          if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == '\u2028' || c == '\u2029') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
