package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class VerbosityTest {
  @ParameterizedTest
  @CsvSource({
    "-v,yes",
    "-v=5,yes",
    "--v=5,yes",
    "--v 2,yes",
    "-v 10,yes",
    "--verbose,yes",
    "-v=0,no"
  })
  void the_levels_of_kubeadm_are_understood(String option, String traces) {
    var arguments = ("certs certificate-key " + option).split(" ", -1);
    var cli = Ballast.commandLine(arguments);
    var out = new StringWriter();
    var err = new StringWriter();
    cli.setOut(new PrintWriter(out));
    cli.setErr(new PrintWriter(err));

    assertThat(cli.execute(arguments)).as(err.toString()).isZero();
    assertThat(out.toString()).matches("[0-9a-f]{64}\n");
    assertThat(Ballast.verbose(cli)).isEqualTo(traces.equals("yes"));
  }

  @ParameterizedTest
  @CsvSource({"-v certs certificate-key", "-v=1 certs certificate-key"})
  void a_command_after_it_stays_a_command(String line) {
    var arguments = line.split(" ", -1);
    var cli = Ballast.commandLine(arguments);
    var out = new StringWriter();
    cli.setOut(new PrintWriter(out));

    assertThat(cli.execute(arguments)).isZero();
    assertThat(out.toString()).matches("[0-9a-f]{64}\n");
  }
}
