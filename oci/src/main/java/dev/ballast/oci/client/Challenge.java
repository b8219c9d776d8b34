package dev.ballast.oci.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a registry wants to be told who asks: the value of {@code WWW-Authenticate}.
 *
 * @param scheme in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final Pattern PART =
      Pattern.compile(
          "\\s*,?\\s*(?:([A-Za-z0-9_-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,\"]+))|([A-Za-z]+)(?=\\s|$|,))");

  static List<Challenge> read(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      Matcher part = PART.matcher(header);
      int at = 0;
      while (at < header.length() && part.find(at) && part.start() == at) {
        at = part.end();
        if (part.group(4) != null) {
          challenges.add(new Challenge(part.group(4).toLowerCase(Locale.ROOT), new HashMap<>()));
        } else if (!challenges.isEmpty()) {
          String quoted = part.group(2);
          challenges
              .getLast()
              .parameters()
              .put(
                  part.group(1).toLowerCase(Locale.ROOT),
                  quoted == null ? part.group(3) : quoted.replaceAll("\\\\(.)", "$1"));
        }
      }
    }
    return challenges;
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }
}
