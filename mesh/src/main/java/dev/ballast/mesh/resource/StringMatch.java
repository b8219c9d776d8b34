package dev.ballast.mesh.resource;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.ballast.objects.Fields;
import java.util.LinkedHashMap;
import java.util.Map;

/** How a text is compared. */
public sealed interface StringMatch {
  /** The whole text. */
  record Exact(String text) implements StringMatch {}

  /** Its beginning. */
  record Prefix(String text) implements StringMatch {}

  /** The whole text, by a regular expression of RE2. */
  record Regex(String text) implements StringMatch {}

  /** Whatever text, as long as there is one. */
  record Present() implements StringMatch {}

  static StringMatch read(Fields fields) {
    if (fields.has("exact")) {
      return new Exact(fields.text("exact", ""));
    }
    if (fields.has("prefix")) {
      return new Prefix(fields.text("prefix", ""));
    }
    if (fields.has("regex")) {
      String text = fields.text("regex", "");
      try {
        Pattern.compile(text);
      } catch (PatternSyntaxException e) {
        fields.error("regex", "'" + text + "' is no regular expression: " + e.getMessage(), "");
      }
      return new Regex(text);
    }
    return new Present();
  }

  static Map<String, StringMatch> map(Fields parent, String field) {
    Map<String, StringMatch> matches = new LinkedHashMap<>();
    parent
        .object(field)
        .ifPresent(map -> {
          for (String name : map.names()) {
            map.object(name).ifPresent(match -> matches.put(name, read(match)));
          }
        });
    return matches;
  }
}
