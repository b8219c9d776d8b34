package dev.ballast.images.build;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts as Go's fmt writes them, since BuildKit's history has them. */
final class GoText {
  private static final Pattern DURATION = Pattern.compile("([0-9.]+)(ns|us|µs|ms|s|m|h)");

  private GoText() {}

  /** Returns {@code ["a" "b"]}. */
  static String quoted(List<String> words) {
    return words.stream()
        .map(GoText::quoted)
        .collect(java.util.stream.Collectors.joining(" ", "[", "]"));
  }

  static String quoted(String word) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        default -> out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** Reads a duration as {@code 1m30s}. */
  static long nanoseconds(String text) {
    Matcher matcher = DURATION.matcher(text);
    double total = 0;
    int at = 0;
    while (matcher.find() && matcher.start() == at) {
      double unit =
          switch (matcher.group(2)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            default -> 3600e9;
          };
      total += Double.parseDouble(matcher.group(1)) * unit;
      at = matcher.end();
    }
    if (at != text.length() || at == 0) {
      throw new IllegalArgumentException("time: invalid duration \"" + text + "\"");
    }
    return (long) total;
  }

  /** Returns a health check as BuildKit's history has it. */
  static String healthcheck(ObjectNode health, Map<String, String> options) {
    return "&{"
        + quoted(StageBuild.strings(health.path("Test")))
        + " "
        + quoted(seconds(options, "interval"))
        + " "
        + quoted(seconds(options, "timeout"))
        + " "
        + quoted(seconds(options, "start-period"))
        + " "
        + quoted(seconds(options, "start-interval"))
        + " '\\x%02x'}".formatted(health.path("Retries").asInt());
  }

  private static String seconds(Map<String, String> options, String name) {
    long nanoseconds = options.containsKey(name) ? nanoseconds(options.getOrDefault(name, "")) : 0;
    long seconds = nanoseconds / 1_000_000_000;
    return seconds >= 3600
        ? seconds / 3600 + "h" + seconds % 3600 / 60 + "m" + seconds % 60 + "s"
        : seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds + "s";
  }
}
