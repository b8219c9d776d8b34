package dev.ballast.images.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Dockerfile that was understood.
 *
 * @param arguments those before the first stage
 */
public record Dockerfile(
    String name,
    String text,
    Directives directives,
    List<Instruction.Arg> arguments,
    List<Stage> stages) {
  private static final int LARGEST = 2 << 20;
  private static final Pattern BUILT_IN =
      Pattern.compile(
          "(docker\\.io/)?docker/dockerfile(:1[-.0-9a-z]*|:latest)?(@sha256:[0-9a-f]{64})?");

  /** What stands from one {@code FROM} to the next. */
  public record Stage(Instruction.From from, List<Instruction> instructions) {
    public Stage {
      instructions = List.copyOf(instructions);
    }
  }

  public Dockerfile {
    arguments = List.copyOf(arguments);
    stages = List.copyOf(stages);
  }

  /**
   * Reads a Dockerfile.
   *
   * @param name for messages
   * @throws DockerfileException in BuildKit's words, with the line
   */
  public static Dockerfile parse(String name, String text) {
    if (text.length() > LARGEST) {
      throw new DockerfileException(0, name + " is larger than 2 MiB");
    }
    String clean = text.startsWith("\uFEFF") ? text.substring(1) : text;
    List<String> lines = clean.lines().toList();
    Directives directives = Directives.read(lines);
    directives
        .syntax()
        .filter(syntax -> !BUILT_IN.matcher(syntax).matches())
        .ifPresent(syntax -> {
          throw new DockerfileException(
              1,
              "frontend "
                  + syntax
                  + " is not built in: only docker/dockerfile:1 is; remove the"
                  + " syntax directive or build with docker buildx");
        });
    Instructions instructions = new Instructions(directives.escape());
    List<Instruction.Arg> arguments = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    List<Instruction> current = new ArrayList<>();
    Instruction.From from = null;
    for (Line line : Lines.of(lines, directives.escape())) {
      Instruction next = instructions.of(line);
      if (next instanceof Instruction.From opening) {
        if (from != null) {
          stages.add(new Stage(from, current));
          current.clear();
        }
        from = opening;
      } else if (from != null) {
        current.add(next);
      } else if (next instanceof Instruction.Arg argument) {
        arguments.add(argument);
      } else {
        throw DockerfileException.parse(line.first(), "no build stage in current context");
      }
    }
    if (from == null) {
      throw new DockerfileException(0, "dockerfile contains no stages to build");
    }
    stages.add(new Stage(from, current));
    return new Dockerfile(name, clean, directives, arguments, stages);
  }

  /** Reads one instruction that an image's {@code ONBUILD} holds. */
  public Instruction trigger(String text, int line) {
    Line read = Lines.of(text.lines().toList(), '\\').getFirst();
    return new Instructions('\\')
        .of(
            new Line(
                read.keyword(),
                read.written(),
                read.flags(),
                read.rest(),
                read.heredocs(),
                line,
                line));
  }

  /** Returns the stage of a name or number, before another stage. */
  public Optional<Integer> stage(String reference, int before) {
    for (int i = before - 1; i >= 0; i--) {
      if (stages.get(i).from().name().filter(reference::equalsIgnoreCase).isPresent()) {
        return Optional.of(i);
      }
    }
    if (reference.matches("\\d{1,4}") && Integer.parseInt(reference) < before) {
      return Optional.of(Integer.parseInt(reference));
    }
    return Optional.empty();
  }

  /** Returns the lines around one, as an error shows them. */
  public String excerpt(int line) {
    List<String> lines = text.lines().toList();
    if (line < 1 || line > lines.size()) {
      return "";
    }
    StringBuilder out = new StringBuilder(name + ":" + line + "\n--------------------\n");
    for (int i = Math.max(1, line - 2); i <= Math.min(lines.size(), line + 2); i++) {
      out.append("%4d | %s %s%n".formatted(i, i == line ? ">>>" : "   ", lines.get(i - 1)));
    }
    return out.append("--------------------").toString();
  }

  /** Returns the values of arguments before the first stage, expanded in order. */
  public Map<String, String> globals(Map<String, String> given, Map<String, String> platform) {
    Map<String, String> values = new LinkedHashMap<>(platform);
    Map<String, String> declared = new LinkedHashMap<>();
    for (Instruction.Arg argument : arguments) {
      argument
          .names()
          .forEach((name, value) -> {
            String found = given.get(name);
            if (found == null && value.isPresent()) {
              found = Expansion.expand(value.get(), directives.escape(), values);
            }
            if (found == null) {
              found = platform.get(name);
            }
            if (found != null) {
              values.put(name, found);
              declared.put(name, found);
            }
          });
    }
    declared.putAll(platform);
    return declared;
  }
}
