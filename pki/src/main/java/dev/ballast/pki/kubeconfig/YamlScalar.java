package dev.ballast.pki.kubeconfig;

import java.util.regex.Pattern;

/** One-line strings in YAML: plain where every reader takes them for a string, otherwise quoted. */
public final class YamlScalar {
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z/][A-Za-z0-9_./@+=:-]*[A-Za-z0-9_/@+=]");
  private static final Pattern OTHER_TYPE =
      Pattern.compile("(?i)(y|n|yes|no|on|off|true|false|null|nan|inf)");

  private YamlScalar() {}

  public static String of(String text) {
    if (PLAIN.matcher(text).matches() && !OTHER_TYPE.matcher(text).matches()) {
      return text;
    }
    var quoted = new StringBuilder("\"");
    text.codePoints().forEach(c -> append(quoted, c));
    return quoted.append('"').toString();
  }

  private static void append(StringBuilder out, int c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\t' -> out.append("\\t");
      default -> {
        if (c < 0x20 || c == 0x7f) {
          out.append("\\x%02x".formatted(c));
        } else {
          out.appendCodePoint(c);
        }
      }
    }
  }
}
