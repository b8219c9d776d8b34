package dev.ballast.yaml;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Replaces scalars where they are; every other byte of the text stays. */
public final class Edit {
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9/_.+=@-][A-Za-z0-9/_.+=@:-]*");
  private static final Pattern OTHER_TYPE =
      Pattern.compile("(?i)(y|n|yes|no|on|off|true|false|null|[-+.0-9].*|.*:)");

  private record Replacement(Node.Scalar old, String value) {}

  private final String source;
  private final String text;
  // From the end to the front, so that positions before stay right.
  private final Map<Integer, Replacement> replacements = new TreeMap<>(Comparator.reverseOrder());

  /** Starts an edit of the text that the nodes were parsed from. */
  public Edit(String source, String text) {
    this.source = source;
    this.text = text;
  }

  public Edit set(Node.Scalar scalar, String value) {
    replacements.put(scalar.from(), new Replacement(scalar, value));
    return this;
  }

  /** The values that a flag has in a command list, in order; the last one counts. */
  public static List<String> argument(Node.Sequence command, String flag) {
    return arguments(command, flag).stream().map(Replacement::value).toList();
  }

  /**
   * Sets a flag of a command list, wherever it is given.
   *
   * @param flag with its dashes
   * @throws YamlFailure when the list does not have it
   */
  public Edit setArgument(Node.Sequence command, String flag, String value) {
    var found = arguments(command, flag);
    if (found.isEmpty()) {
      throw new YamlFailure(
          source, Optional.of(command.position()), "this list has no argument " + flag);
    }
    found.forEach(argument ->
        set(
            argument.old(),
            argument.old().value().startsWith(flag + "=") ? flag + "=" + value : value));
    return this;
  }

  private static List<Replacement> arguments(Node.Sequence command, String flag) {
    var found = new ArrayList<Replacement>();
    boolean valueFollows = false;
    for (var item : command.items()) {
      if (!(item instanceof Node.Scalar scalar)) {
        valueFollows = false;
        continue;
      }
      if (valueFollows) {
        found.add(new Replacement(scalar, scalar.value()));
        valueFollows = false;
      } else if (scalar.value().startsWith(flag + "=")) {
        found.add(new Replacement(scalar, scalar.value().substring(flag.length() + 1)));
      } else {
        valueFollows = scalar.value().equals(flag);
      }
    }
    return found;
  }

  /**
   * The text with the replacements.
   *
   * @throws YamlFailure when there are none, or the result does not hold exactly what was asked for
   */
  public String apply() {
    if (replacements.isEmpty()) {
      throw new YamlFailure(source, Optional.empty(), "there is nothing to edit");
    }
    var edited = new StringBuilder(text);
    replacements.forEach(
        (from, replacement) -> edited.replace(from, replacement.old().to(), written(replacement)));
    verify(edited.toString());
    return edited.toString();
  }

  private void verify(String edited) {
    var expected = new ArrayList<String>();
    int changed = 0;
    for (var scalar : scalars(text)) {
      var replacement = replacements.get(scalar.from());
      changed += replacement == null ? 0 : 1;
      expected.add(replacement == null ? scalar.value() : replacement.value());
    }
    if (changed != replacements.size()
        || !expected.equals(scalars(edited).stream().map(Node.Scalar::value).toList())) {
      var first = replacements.values().iterator().next().old();
      throw new YamlFailure(
          source,
          Optional.of(first.position()),
          changed > replacements.size()
              ? "an alias shares this value; write it out, then try again"
              : "this value cannot be edited in place");
    }
  }

  private List<Node.Scalar> scalars(String of) {
    var all = new ArrayList<Node.Scalar>();
    Yaml.parse(source, of).forEach(document -> collect(document.root(), all));
    return all;
  }

  private static void collect(Node node, List<Node.Scalar> all) {
    switch (node) {
      case Node.Scalar scalar -> all.add(scalar);
      case Node.Sequence sequence -> sequence.items().forEach(item -> collect(item, all));
      case Node.Mapping mapping ->
          mapping
              .entries()
              .forEach(entry -> {
                collect(entry.key(), all);
                collect(entry.value(), all);
              });
    }
  }

  private static String written(Replacement replacement) {
    var value = replacement.value();
    return switch (replacement.old().style()) {
      case PLAIN -> isSafe(value) ? value : doubleQuoted(value);
      case SINGLE_QUOTED ->
          value.chars().allMatch(c -> c >= 0x20 && c < 0x7f)
              ? "'" + value.replace("'", "''") + "'"
              : doubleQuoted(value);
      case DOUBLE_QUOTED -> doubleQuoted(value);
      // A block scalar ends after its last line break.
      case BLOCK -> (isSafe(value) ? value : doubleQuoted(value)) + "\n";
    };
  }

  private static boolean isSafe(String value) {
    return SAFE.matcher(value).matches()
        && (value.startsWith("--") || !OTHER_TYPE.matcher(value).matches());
  }

  private static String doubleQuoted(String value) {
    var quoted = new StringBuilder("\"");
    value
        .codePoints()
        .forEach(c -> {
          if (c == '"' || c == '\\') {
            quoted.append('\\').appendCodePoint(c);
          } else if (c < 0x20 || c == 0x7f) {
            quoted.append("\\x%02x".formatted(c));
          } else {
            quoted.appendCodePoint(c);
          }
        });
    return quoted.append('"').toString();
  }
}
