package dev.ballast.cli.registry;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Reads and writes sizes and spans of time as people do: {@code 20G}, {@code 90m}. */
final class Sizes {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([KMGT]?)(?:i?B)?");
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,9})([smhd])");

  private Sizes() {}

  static long bytes(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new TypeConversionException("'" + text + "' is not a size, as 500M or 20G");
    }
    return Long.parseLong(size.group(1)) << (10 * " KMGT".indexOf(unit(size.group(2))));
  }

  private static char unit(String text) {
    return text.isEmpty() ? ' ' : text.charAt(0);
  }

  static Duration span(String text) {
    Matcher span = SPAN.matcher(text);
    if (!span.matches()) {
      throw new TypeConversionException("'" + text + "' is not a time, as 90s, 10m, 1h or 7d");
    }
    long count = Long.parseLong(span.group(1));
    return switch (span.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  static String shown(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " B"
        : String.format(java.util.Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
