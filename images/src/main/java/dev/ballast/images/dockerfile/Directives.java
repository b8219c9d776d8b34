package dev.ballast.images.dockerfile;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parser directives at the top of a Dockerfile: {@code # syntax=}, {@code escape}, {@code
 * check}.
 */
public record Directives(char escape, Optional<String> syntax, Optional<String> check) {
  private static final Pattern DIRECTIVE =
      Pattern.compile("^#\\s*([a-zA-Z][a-zA-Z0-9]*)\\s*=\\s*(.+?)\\s*$");
  private static final Set<String> KNOWN = Set.of("syntax", "escape", "check");

  /** Reads them up to the first line that is none. */
  static Directives read(List<String> lines) {
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = DIRECTIVE.matcher(lines.get(i).strip());
      if (!matcher.matches()) {
        break;
      }
      String key = matcher.group(1).toLowerCase(Locale.ROOT);
      if (!KNOWN.contains(key)) {
        break;
      }
      if (found.put(key, matcher.group(2)) != null) {
        throw DockerfileException.parse(i + 1, "only one " + key + " parser directive can be used");
      }
      if (key.equals("escape") && !Set.of("\\", "`").contains(matcher.group(2))) {
        throw DockerfileException.parse(
            i + 1, "invalid escape token '" + matcher.group(2) + "' does not match ` or \\");
      }
    }
    return new Directives(
        found.getOrDefault("escape", "\\").charAt(0),
        Optional.ofNullable(found.get("syntax")),
        Optional.ofNullable(found.get("check")));
  }
}
