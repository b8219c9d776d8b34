package dev.ballast.cli;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    return build(command, Set.of(), true);
  }

  /** The command with those below it whose name is among the arguments. */
  static CommandLine asked(Object command, String... arguments) {
    // A file of arguments may name anything.
    boolean all = Arrays.stream(arguments).anyMatch(argument -> argument.startsWith("@"));
    return build(command, new HashSet<>(Arrays.asList(arguments)), all);
  }

  private static CommandLine build(Object command, Set<String> asked, boolean all) {
    CommandLine line = new CommandLine(command);
    if (command instanceof Group group) {
      for (Class<?> type : group.commands()) {
        Command about = type.getAnnotation(Command.class);
        if (all || isAsked(about, asked)) {
          line.addSubcommand(build(create(type), asked, all));
        } else {
          line.addSubcommand(about.name(), mention(about));
        }
      }
    }
    return line;
  }

  private static boolean isAsked(Command about, Set<String> asked) {
    return asked.contains(about.name()) || Arrays.stream(about.aliases()).anyMatch(asked::contains);
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
