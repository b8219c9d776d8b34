package dev.ballast.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The openssl command: the judge of what is written here. */
public record Openssl(int exitCode, String output) {

  public static Openssl run(Path directory, String... arguments) throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(
          Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    }
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Openssl(process.waitFor(), output);
  }

  public static String ok(Path directory, String... arguments) throws Exception {
    Openssl run = run(directory, arguments);
    assertThat(run.exitCode()).as(run.output()).isZero();
    return run.output();
  }
}
