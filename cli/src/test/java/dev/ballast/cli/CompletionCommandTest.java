package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shells themselves complete with what the command prints. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CompletionCommandTest {
  @TempDir private Path directory;

  private static String printed(String... arguments) {
    var line = Ballast.commandLine(arguments);
    var out = new StringWriter();
    line.setOut(new PrintWriter(out));
    assertThat(line.execute(arguments)).isZero();
    return out.toString();
  }

  private static List<String> run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).as(() -> String.join("\n", lines)).isZero();
    return lines;
  }

  @Test
  void bash_completes_commands() throws Exception {
    Path script = Files.writeString(directory.resolve("c.bash"), printed("completion", "bash"));

    assertThat(
            run(
                "bash",
                "-c",
                "source "
                    + script
                    + "; COMP_WORDS=(ballast lb con); COMP_CWORD=2; COMP_LINE='ballast lb con';"
                    + " COMP_POINT=14; _complete_ballast; printf '%s\\n' \"${COMPREPLY[@]}\""))
        .contains("controller");
  }

  @Test
  void fish_completes_commands_and_options() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/fish")),
        "fish is not installed: apt-get install fish");
    Path script = Files.writeString(directory.resolve("c.fish"), printed("completion", "fish"));

    assertThat(run("fish", "-c", "source " + script + "; complete -C 'ballast lb '"))
        .anyMatch(line -> line.startsWith("controller\t"));
    assertThat(run("fish", "-c", "source " + script + "; complete -C 'ballast up --on'"))
        .anyMatch(line -> line.startsWith("--once"));
  }

  @Test
  void help_without_and_with_a_command_is_printed() {
    assertThat(printed()).contains("Usage: ballast", "completion");
    assertThat(printed("help")).isEqualTo(printed());
    assertThat(printed("help", "lb")).contains("Usage: ballast lb", "controller");
  }
}
