package dev.ballast.cli.certs;

import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ConfigurationSource;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What the certs commands say beside their result. */
final class Narration {
  private Narration() {}

  /** Kubeadm's lines about where the configuration comes from, on standard output as there. */
  static void preamble(
      PrintWriter out, ConfigurationSource source, String command, Release release) {
    source.preamble(command, release).forEach(line -> out.print(line + "\n"));
  }

  static void warnings(CommandSpec spec, ConfigurationSource source) {
    source.warnings().forEach(w -> spec.commandLine().getErr().println("warning: " + w));
  }

  /** One thing that is wrong and one thing to do about it. */
  static void problem(CommandSpec spec, String problem, String remedy) {
    CommandLine cli = spec.commandLine();
    cli.getErr().println(cli.getColorScheme().errorText("error: " + problem));
    cli.getErr().println("  try: " + remedy);
  }
}
