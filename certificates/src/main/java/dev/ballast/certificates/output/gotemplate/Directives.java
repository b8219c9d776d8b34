package dev.ballast.certificates.output.gotemplate;

import dev.ballast.certificates.output.gotemplate.GoTemplate.Malformed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes through a format of {@code printf}. One thread, once. */
final class Directives {
  private final String format;
  private final List<@Nullable Object> values;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int used;
  private boolean reordered;
  private boolean goodNumber;

  Directives(String format, List<@Nullable Object> values) {
    this.format = format;
    this.values = values;
  }

  String all() {
    while (at < format.length()) {
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        out.append(format, at, format.length());
        break;
      }
      out.append(format, at, percent);
      at = percent + 1;
      one();
    }
    if (!reordered && used < values.size()) {
      out.append("%!(EXTRA ");
      for (int i = used; i < values.size(); i++) {
        Object value = values.get(i);
        out.append(i > used ? ", " : "").append(Format.type(value));
        if (value != null && !value.equals(Evaluation.MISSING)) {
          out.append('=').append(Verbs.plain(value));
        }
      }
      out.append(')');
    }
    return out.toString();
  }

  private void one() {
    Verbs.Flags flags = flags();
    goodNumber = true;
    boolean indexed = index();
    Integer width = null;
    if (peek() == '*') {
      at++;
      width = star();
      if (width == null) {
        out.append("%!(BADWIDTH)");
      } else if (width < 0) {
        flags = flags.leftAligned();
        width = -width;
      }
      indexed = false;
    } else {
      width = digits();
      if (indexed && width != null) {
        goodNumber = false;
      }
    }
    Integer precision = null;
    if (peek() == '.') {
      at++;
      if (indexed) {
        goodNumber = false;
      }
      indexed = index();
      if (peek() == '*') {
        at++;
        precision = star();
        if (precision == null) {
          out.append("%!(BADPREC)");
        } else if (precision < 0) {
          precision = null;
          out.append("%!(BADPREC)");
        }
        indexed = false;
      } else {
        precision = digits();
        if (precision == null) {
          precision = 0;
        }
      }
    }
    if (!indexed) {
      indexed = index();
    }
    if (at >= format.length()) {
      out.append("%!(NOVERB)");
      return;
    }
    int verb = format.codePointAt(at);
    at += Character.charCount(verb);
    if (verb == '%') {
      out.append('%');
    } else if (!goodNumber) {
      out.append("%!").appendCodePoint(verb).append("(BADINDEX)");
    } else if (used >= values.size()) {
      out.append("%!").appendCodePoint(verb).append("(MISSING)");
    } else {
      new Verbs(flags, width, precision, out).value(values.get(used++), verb);
    }
  }

  private Verbs.Flags flags() {
    boolean sharp = false;
    boolean zero = false;
    boolean plus = false;
    boolean minus = false;
    boolean space = false;
    while (true) {
      switch (peek()) {
        case '#' -> sharp = true;
        case '0' -> zero = true;
        case '+' -> plus = true;
        case '-' -> minus = true;
        case ' ' -> space = true;
        default -> {
          return new Verbs.Flags(sharp, zero && !minus, plus, minus, space);
        }
      }
      at++;
    }
  }

  private char peek() {
    return at < format.length() ? format.charAt(at) : '\0';
  }

  /** {@code [n]}: the next value is the n-th. */
  private boolean index() {
    if (peek() != '[') {
      return false;
    }
    reordered = true;
    int end = format.indexOf(']', at);
    if (end < 0) {
      goodNumber = false;
      at++;
      return false;
    }
    String number = format.substring(at + 1, end);
    at = end + 1;
    if (!number.matches("[0-9]{1,6}")
        || Integer.parseInt(number) < 1
        || Integer.parseInt(number) > values.size()) {
      goodNumber = false;
      return true;
    }
    used = Integer.parseInt(number) - 1;
    return true;
  }

  private @Nullable Integer digits() {
    int from = at;
    while (Character.isDigit(peek())) {
      at++;
    }
    if (from == at) {
      return null;
    }
    String number = format.substring(from, at);
    if (number.length() > 7 || Integer.parseInt(number) > Format.MOST_WIDTH) {
      throw new Malformed("printf: a width or precision is at most " + Format.MOST_WIDTH);
    }
    return Integer.valueOf(number);
  }

  private @Nullable Integer star() {
    if (used >= values.size()) {
      return null;
    }
    return values.get(used++) instanceof Long number && Math.abs(number) <= Format.MOST_WIDTH
        ? Integer.valueOf(number.intValue())
        : null;
  }
}
