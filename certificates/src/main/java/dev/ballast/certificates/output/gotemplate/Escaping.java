package dev.ballast.certificates.output.gotemplate;

/** Text for other languages, as Go's text/template writes it. */
final class Escaping {
  private Escaping() {}

  static String html(String text) {
    var out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> out.append("&#34;");
            case '\'' -> out.append("&#39;");
            case '&' -> out.append("&amp;");
            case '<' -> out.append("&lt;");
            case '>' -> out.append("&gt;");
            case 0 -> out.append('\ufffd');
            default -> out.appendCodePoint(c);
          }
        });
    return out.toString();
  }

  static String javaScript(String text) {
    var out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '\\', '\'', '"' -> out.append('\\').appendCodePoint(c);
            case '<', '>', '&', '=' -> out.append("\\u%04X".formatted(c));
            default -> {
              if (c < 0x20 || !Literals.isPrintable(c)) {
                out.append("\\u%04X".formatted(c));
              } else {
                out.appendCodePoint(c);
              }
            }
          }
        });
    return out.toString();
  }
}
