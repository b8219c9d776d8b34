package dev.ballast.images.dockerfile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns lines into instructions, and refuses those that make no sense, in BuildKit's words. */
final class Instructions {
  private static final Set<String> NONE = Set.of();
  private static final List<String> KEYWORDS =
      List.of(
          "ADD",
          "ARG",
          "CMD",
          "COPY",
          "ENTRYPOINT",
          "ENV",
          "EXPOSE",
          "FROM",
          "HEALTHCHECK",
          "LABEL",
          "MAINTAINER",
          "ONBUILD",
          "RUN",
          "SHELL",
          "STOPSIGNAL",
          "USER",
          "VOLUME",
          "WORKDIR");

  private final char escape;

  Instructions(char escape) {
    this.escape = escape;
  }

  Instruction of(Line line) {
    return switch (line.keyword()) {
      case "FROM" -> from(line);
      case "ARG" -> arg(line);
      case "ENV" -> {
        Flags _ = none(line);
        yield new Instruction.Env(line, Words.pairs(line, escape));
      }
      case "LABEL" -> {
        Flags _ = none(line);
        yield new Instruction.Label(line, Words.pairs(line, escape));
      }
      case "COPY", "ADD" -> copy(line);
      case "RUN" -> {
        Flags _ = new Flags(line, Set.of("network", "security"), NONE, Set.of("mount", "device"));
        yield program(line);
      }
      case "CMD", "ENTRYPOINT" -> {
        Flags _ = none(line);
        yield program(line);
      }
      case "WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER" -> one(line);
      case "EXPOSE", "VOLUME" -> several(line);
      case "SHELL" -> {
        Flags _ = none(line);
        List<String> words =
            Words.json(line.rest())
                .filter(found -> !found.isEmpty())
                .orElseThrow(() -> error(line, "SHELL requires the arguments to be in JSON form"));
        yield new Instruction.Shell(line, words);
      }
      case "HEALTHCHECK" -> healthcheck(line);
      case "ONBUILD" -> onbuild(line);
      default ->
          throw error(
              line,
              "unknown instruction: " + line.written() + Hints.near(line.written(), KEYWORDS));
    };
  }

  private Instruction from(Line line) {
    Flags flags = new Flags(line, Set.of("platform"), NONE, NONE);
    List<String> words = Quoting.words(line.rest(), escape);
    if (words.size() != 1 && !(words.size() == 3 && words.get(1).equalsIgnoreCase("as"))) {
      throw error(line, "FROM requires either one or three arguments");
    }
    Optional<String> name = Optional.empty();
    if (words.size() == 3) {
      String given = words.get(2).toLowerCase(Locale.ROOT);
      if (!given.matches("[a-z][a-z0-9-_.]*")) {
        throw error(
            line,
            "invalid name for build stage: \""
                + words.get(2)
                + "\", name can't start with a number or contain symbols");
      }
      name = Optional.of(given);
    }
    return new Instruction.From(line, words.getFirst(), flags.one("platform"), name);
  }

  private Instruction arg(Line line) {
    Flags _ = none(line);
    Map<String, Optional<String>> names = new LinkedHashMap<>();
    for (String word : atLeastOne(line)) {
      int equals = word.indexOf('=');
      if (equals == 0) {
        throw error(line, "ARG names can not be blank");
      }
      names.put(
          equals < 0 ? word : word.substring(0, equals),
          equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1)));
    }
    return new Instruction.Arg(line, names);
  }

  private Instruction copy(Line line) {
    boolean add = line.keyword().equals("ADD");
    Flags flags =
        add
            ? new Flags(
                line,
                Set.of("chown", "chmod", "checksum"),
                Set.of("link", "keep-git-dir", "unpack"),
                Set.of("exclude"))
            : new Flags(
                line,
                Set.of("from", "chown", "chmod"),
                Set.of("link", "parents"),
                Set.of("exclude"));
    List<String> paths =
        Words.json(line.rest()).orElseGet(() -> Quoting.words(line.rest(), escape));
    if (paths.isEmpty()) {
      throw error(line, line.keyword() + " requires at least one argument");
    }
    if (paths.size() < 2) {
      throw error(
          line,
          line.keyword()
              + " requires at least two arguments, but only one was provided. Destination could not be"
              + " determined");
    }
    if (!line.heredocs().isEmpty() && paths.getLast().startsWith("<<")) {
      throw error(line, line.keyword() + " cannot accept a heredoc as a destination");
    }
    return new Instruction.Copy(
        line,
        add,
        paths,
        new Instruction.CopyFlags(
            flags.one("from"),
            flags.one("chown"),
            flags.one("chmod"),
            flags.is("link"),
            flags.is("parents"),
            flags.all("exclude"),
            flags.one("checksum"),
            flags.one("unpack").map(Boolean::parseBoolean),
            flags.is("keep-git-dir")));
  }

  private Instruction.Program program(Line line) {
    Optional<List<String>> exec = Words.json(line.rest());
    if (exec.isEmpty() && line.rest().isBlank() && line.keyword().equals("RUN")) {
      throw error(line, "RUN requires at least one argument");
    }
    return new Instruction.Program(
        line,
        exec.isEmpty(),
        exec.orElseGet(() -> line.rest().isBlank() ? List.of() : List.of(line.rest())));
  }

  private Instruction one(Line line) {
    Flags _ = none(line);
    if (line.rest().isBlank()) {
      throw error(line, line.keyword() + " requires exactly one argument");
    }
    if (line.keyword().equals("STOPSIGNAL") && Quoting.words(line.rest(), escape).size() != 1) {
      throw error(line, "STOPSIGNAL requires exactly one argument");
    }
    return new Instruction.One(line, line.rest());
  }

  private Instruction several(Line line) {
    Flags _ = none(line);
    List<String> values =
        line.keyword().equals("VOLUME")
            ? Words.json(line.rest()).orElseGet(() -> Quoting.words(line.rest(), escape))
            : Quoting.words(line.rest(), escape);
    if (values.isEmpty()) {
      throw error(line, line.keyword() + " requires at least one argument");
    }
    if (values.stream().anyMatch(String::isBlank)) {
      throw error(line, "VOLUME specified can not be an empty string");
    }
    return new Instruction.Several(line, values);
  }

  private Instruction healthcheck(Line line) {
    Flags flags =
        new Flags(
            line,
            Set.of("interval", "timeout", "start-period", "start-interval", "retries"),
            NONE,
            NONE);
    List<String> words = atLeastOne(line);
    String kind = words.getFirst().toUpperCase(Locale.ROOT);
    String rest = line.rest().substring(words.getFirst().length()).strip();
    if (kind.equals("NONE")) {
      if (words.size() > 1) {
        throw error(line, "HEALTHCHECK NONE takes no arguments");
      }
      return new Instruction.Healthcheck(line, Optional.empty(), Map.of());
    }
    if (!kind.equals("CMD")) {
      throw error(line, "Unknown type \"" + kind + "\" in HEALTHCHECK (try CMD)");
    }
    if (rest.isEmpty()) {
      throw error(line, "Missing command after HEALTHCHECK CMD");
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (String name :
        List.of("interval", "timeout", "start-period", "start-interval", "retries")) {
      flags.one(name).ifPresent(value -> options.put(name, value));
    }
    Line inner = new Line("CMD", "CMD", List.of(), rest, List.of(), line.first(), line.last());
    return new Instruction.Healthcheck(line, Optional.of(program(inner)), options);
  }

  private Instruction onbuild(Line line) {
    Flags _ = none(line);
    if (line.rest().isBlank()) {
      throw error(line, "ONBUILD requires at least one argument");
    }
    String trigger = line.rest().split("\\s+", 2)[0].toUpperCase(Locale.ROOT);
    if (trigger.equals("ONBUILD")) {
      throw error(line, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    if (trigger.equals("MAINTAINER") || trigger.equals("FROM")) {
      throw error(line, trigger + " isn't allowed as an ONBUILD trigger");
    }
    if (!KEYWORDS.contains(trigger)) {
      throw error(line, "unknown instruction: " + trigger + Hints.near(trigger, KEYWORDS));
    }
    return new Instruction.Onbuild(line, line.rest());
  }

  private List<String> atLeastOne(Line line) {
    List<String> words = Quoting.words(line.rest(), escape);
    if (words.isEmpty()) {
      throw error(line, line.keyword() + " requires at least one argument");
    }
    return words;
  }

  private static Flags none(Line line) {
    return new Flags(line, NONE, NONE, NONE);
  }

  private static DockerfileException error(Line line, String message) {
    return DockerfileException.parse(line.first(), message);
  }
}
