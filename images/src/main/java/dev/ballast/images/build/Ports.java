package dev.ballast.images.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ports of {@code EXPOSE}. */
final class Ports {
  private static final Pattern PORT =
      Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/(tcp|udp|sctp))?");
  private static final int LARGEST = 65_535;

  private Ports() {}

  static List<String> expand(String text) {
    Matcher matcher = PORT.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException("invalid containerPort: " + text);
    }
    int first = Integer.parseInt(matcher.group(1));
    int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
    if (last < first || last > LARGEST) {
      throw new IllegalArgumentException("invalid containerPort: " + text);
    }
    String protocol = matcher.group(3) == null ? "tcp" : matcher.group(3);
    List<String> found = new ArrayList<>();
    for (int port = first; port <= last; port++) {
      found.add(port + "/" + protocol);
    }
    return found;
  }
}
