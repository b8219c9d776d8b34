package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The openssl command: the judge of what is written here, and the maker of what is odd. */
final class Openssl {
  private Openssl() {}

  /** What it printed; it must end well. */
  static String ok(Path directory, String line) throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no openssl");
    }
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(line.split(" ", -1)));
    Process openssl =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    openssl.getOutputStream().close();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as("openssl " + line + ": " + said).isZero();
    return said;
  }
}
