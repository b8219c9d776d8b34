package dev.ballast.certificates.output;

/** Backslash escapes of Go's string literals, as far as output templates need them. */
final class Escapes {
  private Escapes() {}

  static String resolve(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var out = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (c != '\\' || i == text.length()) {
        out.append(c);
        continue;
      }
      char escaped = text.charAt(i++);
      switch (escaped) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        default -> out.append(escaped);
      }
    }
    return out.toString();
  }
}
