package dev.ballast.images.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The flags of one line, checked against those its instruction has. */
final class Flags {
  private final Map<String, List<String>> values = new LinkedHashMap<>();

  /**
   * Reads them.
   *
   * @param words flags with a value; {@code switches} have none or true or false; {@code repeated}
   *     may come more than once
   */
  Flags(Line line, Set<String> words, Set<String> switches, Set<String> repeated) {
    for (String flag : line.flags()) {
      int equals = flag.indexOf('=');
      String name = equals < 0 ? flag.substring(2) : flag.substring(2, equals);
      Optional<String> value =
          equals < 0 ? Optional.empty() : Optional.of(flag.substring(equals + 1));
      if (switches.contains(name)) {
        String given = value.orElse("true").toLowerCase(java.util.Locale.ROOT);
        if (!given.equals("true") && !given.equals("false")) {
          throw DockerfileException.parse(
              line.first(), "expecting boolean value for flag " + name + ", not: " + given);
        }
        add(line, name, given, false);
      } else if (words.contains(name) || repeated.contains(name)) {
        if (value.isEmpty()) {
          throw DockerfileException.parse(line.first(), "missing a value on flag: " + name);
        }
        add(line, name, value.get(), repeated.contains(name));
      } else {
        List<String> known = new ArrayList<>(words);
        known.addAll(switches);
        known.addAll(repeated);
        throw DockerfileException.parse(
            line.first(), "unknown flag: --" + name + Hints.near(name, known));
      }
    }
  }

  private void add(Line line, String name, String value, boolean again) {
    List<String> known = values.computeIfAbsent(name, _ -> new ArrayList<>());
    if (!known.isEmpty() && !again) {
      throw DockerfileException.parse(line.first(), "duplicate flag specified: " + name);
    }
    known.add(value);
  }

  Optional<String> one(String name) {
    return all(name).stream().findFirst();
  }

  boolean is(String name) {
    return one(name).orElse("false").equals("true");
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }
}
