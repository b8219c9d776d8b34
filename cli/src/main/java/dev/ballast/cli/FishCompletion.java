package dev.ballast.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes fish's {@code complete} commands for a tree of commands. */
final class FishCompletion {
  private final StringBuilder script = new StringBuilder();

  private FishCompletion() {}

  static String of(CommandLine root) {
    FishCompletion completion = new FishCompletion();
    // Whether the words before the cursor that are no options are exactly these.
    completion.script.append(
        """
        function __ballast_at
            set -l words (commandline -opc)
            set -e words[1]
            set -l commands
            for word in $words
                string match -q -- '-*' $word; or set -a commands $word
            end
            test (string join ' ' -- $commands) = "$argv"
        end
        complete -c ballast -f
        """);
    completion.command(root, List.of());
    return completion.script.toString();
  }

  private void command(CommandLine line, List<String> path) {
    String here = "__ballast_at " + String.join(" ", path);
    line.getSubcommands()
        .forEach((name, below) -> {
          if (below.getCommandSpec().usageMessage().hidden()) {
            return;
          }
          complete(here.strip(), "-a " + name, summary(below.getCommandSpec()));
          List<String> longer = new ArrayList<>(path);
          longer.add(name);
          command(below, longer);
        });
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (!option.hidden()) {
        complete(here.strip(), names(option), text(option.description()));
      }
    }
  }

  private void complete(String condition, String what, String description) {
    script
        .append("complete -c ballast -n ")
        .append(quoted(condition))
        .append(' ')
        .append(what)
        .append(description.isEmpty() ? "" : " -d " + quoted(description))
        .append('\n');
  }

  private static String names(OptionSpec option) {
    List<String> words = new ArrayList<>();
    for (String name : option.names()) {
      if (name.startsWith("--")) {
        words.add("-l " + name.substring(2));
      } else {
        words.add(name.length() == 2 ? "-s " + name.substring(1) : "-o " + name.substring(1));
      }
    }
    if (option.arity().max() > 0) {
      words.add("-r -F");
    }
    return String.join(" ", words);
  }

  private static String summary(CommandSpec spec) {
    return text(spec.usageMessage().description());
  }

  /** The first sentence, without picocli's variables. */
  private static String text(String[] description) {
    if (description.length == 0) {
      return "";
    }
    String first = description[0].replaceAll("\\s*\\(default: [^)]*\\)", "").replaceAll("%n.*", "");
    int end = first.indexOf(". ");
    return (end > 0 ? first.substring(0, end + 1) : first).replace("%%", "%");
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
