package dev.ballast.yaml;

import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads plain scalars by YAML 1.2's core schema. */
final class Scalars {
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");
  private static final Pattern OCTAL = Pattern.compile("0o[0-7]+");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  /** A longer one is text: nobody counts so far, and it would take long to read. */
  private static final int MAX_DIGITS = 64;

  private Scalars() {}

  static @Nullable Object value(Node.Scalar scalar) {
    String text = scalar.value();
    if (scalar.style() != Node.Style.PLAIN) {
      return text;
    }
    if (scalar.isNull()) {
      return null;
    }
    return switch (text) {
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      default -> text.length() > MAX_DIGITS ? text : number(text);
    };
  }

  private static Object number(String text) {
    if (INTEGER.matcher(text).matches()) {
      return integer(new BigInteger(text));
    }
    if (HEXADECIMAL.matcher(text).matches()) {
      return integer(new BigInteger(text.substring(2), 16));
    }
    if (OCTAL.matcher(text).matches()) {
      return integer(new BigInteger(text.substring(2), 8));
    }
    return FLOAT.matcher(text).matches() ? (Object) Double.valueOf(text) : text;
  }

  private static Object integer(BigInteger number) {
    if (number.bitLength() < 32) {
      return number.intValue();
    }
    return number.bitLength() < 64 ? (Object) number.longValue() : number;
  }
}
