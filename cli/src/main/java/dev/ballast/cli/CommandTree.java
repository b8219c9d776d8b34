package dev.ballast.cli;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Builds the commands that a command line names. To read the options of all takes longer than most
 * of them run; of those that are not asked for, only what their parent's help says is read.
 */
public final class CommandTree {
  /** A command that consists of others. */
  public interface Group {
    /** The classes of its commands, each with a {@link Command} and a constructor. */
    List<Class<?>> commands();
  }

  private CommandTree() {}

  /** The command with all that are below it. */
  public static CommandLine whole(Object command) {
    return build(
        command,
        (line, group) -> {
          for (Class<?> type : group.commands()) {
            line.addSubcommand(whole(create(type)));
          }
        });
  }

  /** The command with those below it that the arguments name. */
  static CommandLine asked(Object command, String... arguments) {
    // A file of arguments may name anything.
    return Arrays.stream(arguments).anyMatch(argument -> argument.startsWith("@"))
        ? whole(command)
        : asked(command, List.of(arguments), 0);
  }

  private static CommandLine asked(Object command, List<String> arguments, int at) {
    return build(
        command,
        (line, group) -> {
          String next = at < arguments.size() ? arguments.get(at) : "";
          for (Class<?> type : group.commands()) {
            if (isNamed(type, next)) {
              // Nobody will see the others.
              line.addSubcommand(asked(create(type), arguments, at + 1));
              return;
            }
          }
          // An option, an error, or nothing: all may be shown, and one may still come.
          for (Class<?> type : group.commands()) {
            if (arguments.stream().anyMatch(argument -> isNamed(type, argument))) {
              line.addSubcommand(asked(create(type), arguments, arguments.size()));
            } else {
              Command about = type.getAnnotation(Command.class);
              line.addSubcommand(about.name(), mention(about));
            }
          }
        });
  }

  private static CommandLine build(Object command, BiConsumer<CommandLine, Group> below) {
    CommandLine line = new CommandLine(command);
    if (command instanceof Group group) {
      below.accept(line, group);
    }
    return line;
  }

  private static boolean isNamed(Class<?> type, String argument) {
    Command about = type.getAnnotation(Command.class);
    return about.name().equals(argument) || Arrays.asList(about.aliases()).contains(argument);
  }

  private static Object create(Class<?> type) {
    try {
      return CommandLine.defaultFactory().create(type);
    } catch (Exception e) {
      throw new IllegalStateException("a command needs a constructor: " + type, e);
    }
  }

  private static CommandSpec mention(Command about) {
    CommandSpec spec = CommandSpec.create().name(about.name()).aliases(about.aliases());
    spec.usageMessage().description(about.description()).hidden(about.hidden());
    return spec;
  }
}
