package dev.ballast.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command that was run to its end.
 *
 * @param output standard output and standard error, in the order in which they came
 */
public record Ran(List<String> command, int exitCode, String output) {
  /** More than any command prints that a test reads. */
  private static final int LONGEST_OUTPUT = 16 << 20;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Runs a command. */
  public static Ran of(String... command) throws IOException, InterruptedException {
    return of(Path.of("."), Map.of(), List.of(command), "");
  }

  /**
   * Runs a command.
   *
   * @param environment variables beside those of this process
   * @param input what it reads on standard input
   * @throws AssertionError when it does not end within two minutes; it and its children are killed
   */
  public static Ran of(
      Path directory, Map<String, String> environment, List<String> command, String input)
      throws IOException, InterruptedException {
    return within(LIMIT, directory, environment, command, input);
  }

  /** Runs a command that may take longer, or must not take as long. */
  public static Ran within(
      Duration limit,
      Path directory,
      Map<String, String> environment,
      List<String> command,
      String input)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(new ArrayList<>(command))
            .directory(directory.toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    byte[][] read = {new byte[0]};
    Thread reader = Thread.ofVirtual().start(() -> read[0] = all(process.getInputStream()));
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading all of it, which its exit code explains.
    }
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      throw new AssertionError(command + " did not end within " + limit + ": " + text(read[0]));
    }
    reader.join();
    return new Ran(List.copyOf(command), process.exitValue(), text(read[0]));
  }

  /** Returns the output of a command that must end with 0. */
  public static String ok(String... command) throws IOException, InterruptedException {
    return of(command).orFail();
  }

  /** Returns the output. */
  public String orFail() {
    if (exitCode != 0) {
      throw new AssertionError(
          String.join(" ", command) + " ended with " + exitCode + ":\n" + output);
    }
    return output;
  }

  private static byte[] all(InputStream stream) {
    try {
      return stream.readNBytes(LONGEST_OUTPUT);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static String text(byte[] bytes) {
    return new String(Arrays.copyOf(bytes, bytes.length), StandardCharsets.UTF_8);
  }
}
