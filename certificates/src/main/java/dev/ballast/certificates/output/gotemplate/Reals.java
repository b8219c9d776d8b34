package dev.ballast.certificates.output.gotemplate;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Floating point numbers as Go's strconv.FormatFloat writes them. */
final class Reals {
  private Reals() {}

  /**
   * The digits of a number that is not negative.
   *
   * @param form {@code e}, {@code f} or {@code g}, or one of them in upper case
   * @param precision null for six in {@code e} and {@code f}, and for the fewest that tell the
   *     number from others in {@code g}
   */
  static String digits(double number, char form, @Nullable Integer precision) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "NaN" : "+Inf";
    }
    return switch (form) {
      case 'f', 'F' ->
          new BigDecimal(number)
              .setScale(precision == null ? 6 : precision, RoundingMode.HALF_EVEN)
              .toPlainString();
      case 'e', 'E' -> scientific(number, precision == null ? 6 : precision, form);
      default -> general(number, form, precision);
    };
  }

  private static String scientific(double number, int precision, char letter) {
    BigDecimal rounded =
        new BigDecimal(number).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
    return withExponent(rounded, precision, letter);
  }

  private static String withExponent(BigDecimal number, int precision, char letter) {
    StringBuilder digits = new StringBuilder(number.unscaledValue().toString());
    int exponent = number.signum() == 0 ? 0 : digits.length() - 1 - number.scale();
    if (number.signum() == 0) {
      digits = new StringBuilder("0");
    }
    while (digits.length() < precision + 1) {
      digits.append('0');
    }
    digits.setLength(precision + 1);
    if (precision > 0) {
      digits.insert(1, '.');
    }
    return digits
        .append(letter)
        .append(exponent < 0 ? '-' : '+')
        .append(Math.abs(exponent) < 10 ? "0" : "")
        .append(Math.abs(exponent))
        .toString();
  }

  private static String general(double number, char form, @Nullable Integer precision) {
    BigDecimal digits =
        precision == null
            ? new BigDecimal(Double.toString(number))
            : new BigDecimal(number)
                .round(new MathContext(Math.max(1, precision), RoundingMode.HALF_EVEN));
    digits = digits.signum() == 0 ? BigDecimal.ZERO : digits.stripTrailingZeros();
    int count = digits.precision();
    int point = count - digits.scale();
    int limit = 6;
    if (precision != null) {
      limit = Math.max(1, precision);
      limit = limit > count && count >= point ? count : limit;
    }
    if (digits.signum() != 0 && (point - 1 < -4 || point - 1 >= limit)) {
      return withExponent(digits, count - 1, form == 'G' ? 'E' : 'e');
    }
    return digits.toPlainString();
  }
}
