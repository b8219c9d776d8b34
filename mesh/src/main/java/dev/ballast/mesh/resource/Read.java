package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How values are read that several of Istio's kinds have. */
final class Read {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern HOST_LABEL =
      Pattern.compile("(?i)[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?");
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");

  private Read() {}

  /** Takes fields that are right but have no effect yet, and returns those that are written. */
  static List<String> noEffect(Fields fields, String prefix, String... names) {
    List<String> written = new ArrayList<>();
    for (String name : names) {
      if (fields.has(name)) {
        written.add(prefix + name);
      }
    }
    return written;
  }

  static boolean isLabel(String text) {
    return LABEL.matcher(text).matches();
  }

  static boolean isIp(String text) {
    if (text.isEmpty() || text.indexOf('%') >= 0) {
      return false;
    }
    char first = text.charAt(0);
    if (text.indexOf(':') < 0
        && (Character.digit(first, 10) < 0 || text.split("\\.", -1).length != 4)) {
      return false;
    }
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  static boolean isCidr(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !isIp(text.substring(0, slash))) {
      return false;
    }
    try {
      int length = Integer.parseInt(text.substring(slash + 1));
      return length >= 0 && length <= (text.indexOf(':') >= 0 ? 128 : 32);
    } catch (NumberFormatException _) {
      return false;
    }
  }

  /** Whether a text is a fully qualified name without wildcards. */
  static boolean isFqdn(String text) {
    if (text.isEmpty() || text.length() > 255) {
      return false;
    }
    for (String label :
        (text.endsWith(".") ? text.substring(0, text.length() - 1) : text).split("\\.", -1)) {
      if (!HOST_LABEL.matcher(label).matches()) {
        return false;
      }
    }
    return true;
  }

  /** Whether a text is a host name whose first label may be a wildcard. */
  static boolean isWildcardHost(String text) {
    if (text.startsWith("*.")) {
      return isFqdn(text.substring(2));
    }
    return text.startsWith("*-") ? isFqdn(text.substring(2)) : isFqdn(text);
  }

  /** A duration as Go and protobuf write it: {@code 1.5s}, {@code 1m30s}. */
  static Optional<Duration> duration(Fields fields, String field) {
    Optional<String> text = fields.text(field);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> parsed = parse(text.get());
    if (parsed.isEmpty()) {
      fields.error(field, "'" + text.get() + "' is no duration", "write one as 500ms, 3s or 1m30s");
    }
    return parsed;
  }

  private static Optional<Duration> parse(String text) {
    if (text.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    Matcher matcher = DURATION_PART.matcher(text);
    double nanos = 0;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      double number = Double.parseDouble(matcher.group(1));
      nanos +=
          number
              * switch (matcher.group(2)) {
                case "ns" -> 1;
                case "ms" -> 1e6;
                case "s" -> 1e9;
                case "m" -> 60e9;
                case "h" -> 3600e9;
                default -> 1e3;
              };
      end = matcher.end();
    }
    return end == text.length() && end > 0 && nanos < 9e18
        ? Optional.of(Duration.ofNanos((long) nanos))
        : Optional.empty();
  }

  /** The namespaces that an object is visible in. */
  static Set<String> exportTo(Fields spec, String namespace, boolean nobodyAllowed) {
    List<String> written = spec.texts("exportTo");
    Set<String> to = new TreeSet<>();
    for (String each : written) {
      String name = each.equals(".") ? namespace : each;
      if (!each.equals("*") && !each.equals("~") && !isLabel(name)) {
        spec.error("exportTo", "'" + each + "' is no namespace", "write a name, '.' or '*'");
      }
      if (!to.add(name)) {
        spec.error("exportTo", "duplicate entries in exportTo: " + each, "keep one of them");
      }
    }
    if (to.contains("*") && to.size() > 1) {
      spec.error(
          "exportTo",
          "cannot have both public (*) and non-public exportTo values for a resource",
          "keep '*' alone, or the others");
    }
    if (to.contains("~") && (to.size() > 1 || !nobodyAllowed)) {
      spec.error(
          "exportTo",
          nobodyAllowed
              ? "cannot export service entry to no one (~) and someone"
              : "'~' is not allowed here",
          "keep '~' alone, or the others");
    }
    return to;
  }
}
