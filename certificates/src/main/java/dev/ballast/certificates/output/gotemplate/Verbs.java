package dev.ballast.certificates.output.gotemplate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One directive of {@code printf}: {@code verb} with its flags, width and precision. */
final class Verbs {
  /** {@code # 0 + -} and the blank. */
  record Flags(boolean sharp, boolean zero, boolean plus, boolean minus, boolean space) {
    static final Flags NONE = new Flags(false, false, false, false, false);

    Flags leftAligned() {
      return new Flags(sharp, false, plus, true, space);
    }
  }

  private final Flags flags;
  private final @Nullable Integer width;
  private final @Nullable Integer precision;
  private final StringBuilder out;

  Verbs(Flags flags, @Nullable Integer width, @Nullable Integer precision, StringBuilder out) {
    this.flags = flags;
    this.width = width;
    this.precision = precision;
    this.out = out;
  }

  /** As {@code %v}. */
  static String plain(@Nullable Object value) {
    var out = new StringBuilder();
    new Verbs(Flags.NONE, null, null, out).value(value, 'v');
    return out.toString();
  }

  void value(@Nullable Object value, int verb) {
    if (verb == 'T') {
      pad(Format.type(value), false);
      return;
    }
    switch (value) {
      case null -> nothing(verb);
      case Boolean truth -> {
        if (verb == 't' || verb == 'v') {
          pad(truth.toString(), false);
        } else {
          bad(value, verb);
        }
      }
      case Long number -> integer(number, verb);
      case Double number -> real(number, verb);
      case String text -> text(text, verb);
      case List<?> list -> {
        out.append('[');
        boolean more = false;
        for (Object each : list) {
          out.append(more ? " " : "");
          value(each, verb);
          more = true;
        }
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append("map[");
        Iterator<? extends Map.Entry<String, ? extends @Nullable Object>> entries =
            Evaluation.sorted(map).entrySet().iterator();
        while (entries.hasNext()) {
          var entry = entries.next();
          value(entry.getKey(), verb);
          out.append(':');
          value(entry.getValue(), verb);
          out.append(entries.hasNext() ? " " : "");
        }
        out.append(']');
      }
      default -> nothing(verb); // What is missing.
    }
  }

  private void nothing(int verb) {
    if (verb == 'v') {
      pad("<nil>", false);
    } else {
      out.append("%!").appendCodePoint(verb).append("(<nil>)");
    }
  }

  private void bad(Object value, int verb) {
    out.append("%!")
        .appendCodePoint(verb)
        .append('(')
        .append(Format.type(value))
        .append('=')
        .append(plain(value))
        .append(')');
  }

  private void text(String text, int verb) {
    String cut =
        precision == null
            ? text
            : text.substring(
                0,
                text.offsetByCodePoints(
                    0, Math.min(precision, text.codePointCount(0, text.length()))));
    switch (verb) {
      case 'v', 's' -> pad(cut, flags.zero());
      case 'q' ->
          pad(
              flags.sharp() && cut.indexOf('`') < 0 ? "`" + cut + "`" : Literals.quote(cut, '"'),
              flags.zero());
      case 'x', 'X' -> pad(octets(text, verb == 'X'), flags.zero());
      default -> bad(text, verb);
    }
  }

  private String octets(String text, boolean upper) {
    byte[] bytes = text.getBytes(UTF_8);
    int count = precision == null ? bytes.length : Math.min(precision, bytes.length);
    String prefix = flags.sharp() ? upper ? "0X" : "0x" : "";
    var hex = new StringBuilder(count > 0 ? prefix : "");
    for (int i = 0; i < count; i++) {
      if (i > 0 && flags.space()) {
        hex.append(' ').append(prefix);
      }
      hex.append((upper ? "%02X" : "%02x").formatted(bytes[i]));
    }
    return hex.toString();
  }

  private void integer(long number, int verb) {
    switch (verb) {
      case 'v', 'd' -> digits(number, 10, "", false);
      case 'b' -> digits(number, 2, flags.sharp() ? "0b" : "", false);
      case 'o' -> digits(number, 8, flags.sharp() ? "0" : "", false);
      case 'O' -> digits(number, 8, "0o", false);
      case 'x' -> digits(number, 16, flags.sharp() ? "0x" : "", false);
      case 'X' -> digits(number, 16, flags.sharp() ? "0X" : "", true);
      case 'c' -> pad(character(number), flags.zero());
      case 'q' -> pad(Literals.quote(character(number), '\''), flags.zero());
      case 'U' -> {
        String code = "U+%04X".formatted(number);
        pad(flags.sharp() ? code + " '" + character(number) + "'" : code, false);
      }
      default -> bad(number, verb);
    }
  }

  private static String character(long number) {
    return number >= 0 && number <= Character.MAX_CODE_POINT
        ? Character.toString((int) number)
        : "\ufffd";
  }

  private void digits(long number, int radix, String prefix, boolean upper) {
    String digits = Long.toString(number, radix).replace("-", "");
    digits = upper ? digits.toUpperCase(Locale.ROOT) : digits;
    String sign = sign(number < 0);
    if (precision != null) {
      digits = precision == 0 && number == 0 ? "" : zeros(precision - digits.length()) + digits;
    } else if (flags.zero() && width != null) {
      digits = zeros(width - digits.length() - sign.length()) + digits;
    }
    pad(sign + prefix + digits, false);
  }

  private void real(double number, int verb) {
    if ("veEfFgG".indexOf(verb) < 0) {
      bad(number, verb);
      return;
    }
    String digits = Reals.digits(Math.abs(number), verb == 'v' ? 'g' : (char) verb, precision);
    String sign = sign(number < 0 || (number == 0 && 1 / number < 0));
    if (flags.zero() && width != null && Double.isFinite(number)) {
      digits = zeros(width - digits.length() - sign.length()) + digits;
    }
    pad(sign + digits, false);
  }

  private String sign(boolean negative) {
    return negative ? "-" : flags.plus() ? "+" : flags.space() ? " " : "";
  }

  private static String zeros(int count) {
    return "0".repeat(Math.max(0, count));
  }

  private void pad(String text, boolean zero) {
    int missing = width == null ? 0 : width - text.codePointCount(0, text.length());
    String padding = (zero ? "0" : " ").repeat(Math.max(0, missing));
    out.append(flags.minus() ? text + padding : padding + text);
  }
}
