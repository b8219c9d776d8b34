package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The part of the tree that is built looks, to who uses it, like the whole. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CommandTreeTest {
  /** A name that is no command, so that a file of arguments makes the tree whole. */
  private static CommandLine whole() {
    return Ballast.commandLine("@whole");
  }

  static Stream<List<String>> commands() {
    var all = new ArrayList<List<String>>();
    collect(whole(), List.of(), all);
    return all.stream();
  }

  private static void collect(CommandLine line, List<String> path, List<List<String>> into) {
    into.add(path);
    line.getSubcommands()
        .forEach((name, below) -> {
          var longer = new ArrayList<>(path);
          longer.add(name);
          collect(below, longer, into);
        });
  }

  private static String helped(CommandLine line, List<String> path) {
    var arguments = new ArrayList<>(path);
    arguments.add("--help");
    var out = new StringWriter();
    line.setOut(new PrintWriter(out));
    assertThat(line.execute(arguments.toArray(String[]::new))).isZero();
    return out.toString();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void the_help_is_that_of_the_whole_tree(List<String> path) {
    assertThat(helped(Ballast.commandLine(path.toArray(String[]::new)), path))
        .isEqualTo(helped(whole(), path))
        .contains("-h, --help", "-v");
  }

  @Test
  void there_are_as_many_commands_as_there_should_be() {
    assertThat(commands()).hasSizeGreaterThan(25).contains(List.of("certs", "check-expiration"));
  }

  @Test
  void a_typing_error_is_answered_as_by_the_whole() {
    var err = new StringWriter();
    CommandLine line = Ballast.commandLine("certs", "chek");
    line.setErr(new PrintWriter(err));

    assertThat(line.execute("certs", "chek")).as("as kubeadm certs").isEqualTo(1);
    assertThat(err.toString()).contains("certs check");
  }
}
