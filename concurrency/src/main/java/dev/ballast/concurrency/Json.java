package dev.ballast.concurrency;

/** Writes one JSON object; the library has no dependencies. */
final class Json {
  private final StringBuilder text = new StringBuilder("{");
  private boolean first = true;

  private void name(String name) {
    next();
    quote(name);
    text.append(':');
  }

  private void next() {
    if (!first) {
      text.append(',');
    }
    first = false;
  }

  void open(String name) {
    name(name);
    text.append('{');
    first = true;
  }

  void openElement() {
    next();
    text.append('{');
    first = true;
  }

  void openArray(String name) {
    name(name);
    text.append('[');
    first = true;
  }

  void close() {
    text.append('}');
    first = false;
  }

  void closeArray() {
    text.append(']');
    first = false;
  }

  void field(String name, String value) {
    name(name);
    quote(value);
  }

  void number(String name, long value) {
    name(name);
    text.append(value);
  }

  void flag(String name, boolean value) {
    name(name);
    text.append(value);
  }

  void nothing(String name) {
    name(name);
    text.append("null");
  }

  void element(String value) {
    next();
    quote(value);
  }

  String end() {
    close();
    return text.append('\n').toString();
  }

  /** RFC 8259, section 7. */
  private void quote(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"', '\\' -> text.append('\\').append(c);
        case '\n' -> text.append("\\n");
        default -> {
          if (c < ' ') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
