package dev.ballast.cli.certs;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time as people write it: 30d, 12h, 90m, 10s. */
final class TimeConverter implements ITypeConverter<Duration> {
  private static final Pattern TIME = Pattern.compile("(\\d{1,6})([dhms])");

  @Override
  public Duration convert(String text) {
    var time = TIME.matcher(text);
    if (!time.matches()) {
      throw new TypeConversionException("'" + text + "' is not a time such as 30d, 12h or 90m");
    }
    var count = Long.parseLong(time.group(1));
    return switch (time.group(2)) {
      case "d" -> Duration.ofDays(count);
      case "h" -> Duration.ofHours(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofSeconds(count);
    };
  }
}
