package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Go's literals: texts with escapes, and numbers. The Go Programming Language Specification. */
final class Literals {
  private static final String ESCAPED = "abfnrtv\\'\"";
  private static final String MEANT = "\u0007\b\f\n\r\t\u000b\\'\"";

  private Literals() {}

  /** What stands between the quotes, meant. */
  static String unquote(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var bytes = new ByteArrayOutputStream();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\\', at);
      end = end < 0 ? text.length() : end;
      bytes.writeBytes(text.substring(at, end).getBytes(StandardCharsets.UTF_8));
      at = end == text.length() ? end : escape(text, end + 1, bytes);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** Writes what is meant, and returns where it ends. */
  private static int escape(String text, int at, ByteArrayOutputStream bytes) {
    char kind = at < text.length() ? text.charAt(at) : ' ';
    int simple = ESCAPED.indexOf(kind);
    if (simple >= 0) {
      bytes.write(MEANT.charAt(simple));
      return at + 1;
    }
    return switch (kind) {
      case 'x' -> octet(digits(text, at + 1, 2, 16), at + 3, bytes);
      case '0', '1', '2', '3' -> octet(digits(text, at, 3, 8), at + 3, bytes);
      case 'u' -> character(digits(text, at + 1, 4, 16), at + 5, bytes);
      case 'U' -> character(digits(text, at + 1, 8, 16), at + 9, bytes);
      default -> throw new Malformed("invalid syntax: \"" + text + "\"");
    };
  }

  private static int octet(int value, int end, ByteArrayOutputStream bytes) {
    bytes.write(value);
    return end;
  }

  private static int character(int value, int end, ByteArrayOutputStream bytes) {
    bytes.writeBytes(Character.toString(value).getBytes(StandardCharsets.UTF_8));
    return end;
  }

  private static int digits(String text, int from, int count, int radix) {
    try {
      int value = Integer.parseInt(text.substring(from, from + count), radix);
      if (Character.isValidCodePoint(value)
          && text.charAt(from) != '-'
          && text.charAt(from) != '+') {
        return value;
      }
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      // Said below.
    }
    throw new Malformed("invalid syntax: \"" + text + "\"");
  }

  /** A {@code Long} or {@code Double}; empty when it is none. */
  static Optional<Object> number(String text) {
    boolean signed = text.startsWith("+") || text.startsWith("-");
    String digits = (signed ? text.substring(1) : text).replace("_", "");
    String sign = text.startsWith("-") ? "-" : "";
    try {
      String lower = digits.toLowerCase(java.util.Locale.ROOT);
      if (lower.startsWith("0x") && lower.indexOf('p') < 0) {
        return Optional.of(Long.parseLong(sign + digits.substring(2), 16));
      }
      if (lower.startsWith("0b")) {
        return Optional.of(Long.parseLong(sign + digits.substring(2), 2));
      }
      if (lower.startsWith("0o")) {
        return Optional.of(Long.parseLong(sign + digits.substring(2), 8));
      }
      if (digits.matches("0[0-7]+")) {
        return Optional.of(Long.parseLong(sign + digits, 8));
      }
      if (digits.matches("[0-9]+")) {
        return Optional.of(Long.parseLong(sign + digits));
      }
      if (digits.matches("[0-9]*\\.?[0-9]*([eE][+-]?[0-9]+)?") || lower.startsWith("0x")) {
        double value = Double.parseDouble(sign + digits);
        return Double.isInfinite(value) ? Optional.empty() : Optional.of(value);
      }
      return Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** A text as a Go literal, as {@code %q} prints it. */
  static String quote(String text, char quote) {
    var out = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(c -> {
          int simple = MEANT.indexOf(c);
          if (c == quote || c == '\\') {
            out.append('\\').appendCodePoint(c);
          } else if (simple >= 0 && simple < 7) {
            out.append('\\').append(ESCAPED.charAt(simple));
          } else if (isPrintable(c)) {
            out.appendCodePoint(c);
          } else if (c < 0x20 || c == 0x7f) {
            out.append("\\x%02x".formatted(c));
          } else {
            out.append((c > 0xffff ? "\\U%08x" : "\\u%04x").formatted(c));
          }
        });
    return out.append(quote).toString();
  }

  /**
   * Whether Go's unicode.IsPrint holds: letters, marks, numbers, punctuation, symbols, the blank.
   */
  static boolean isPrintable(int c) {
    return c == ' '
        || switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR ->
              false;
          default -> true;
        };
  }
}
