package dev.ballast.bootstrap.machine;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The programs of this machine. */
public final class Programs {
  private static final int OUTPUT_LIMIT = 4 << 20;

  private Programs() {}

  /**
   * What came of a program.
   *
   * @param exitCode its own; 127 when it could not be started, 124 when it took too long
   * @param output standard output and error
   */
  public record Result(int exitCode, String output) {
    public boolean succeeded() {
      return exitCode == 0;
    }
  }

  /** Finds a program on the PATH. */
  public static Optional<Path> find(String name) {
    String path =
        System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs a program to its end, within a limit. */
  public static Result run(Duration limit, String... words) {
    return run(limit, List.of(words));
  }

  /** Runs a program to its end, within a limit. */
  public static Result run(Duration limit, List<String> words) {
    try {
      Path output = Files.createTempFile("ballast", ".out");
      try {
        var process =
            new ProcessBuilder(words)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          return new Result(
              124, words.getFirst() + " did not end within " + limit.toSeconds() + " s");
        }
        try (var in = Files.newInputStream(output)) {
          return new Result(
              process.exitValue(), new String(in.readNBytes(OUTPUT_LIMIT), StandardCharsets.UTF_8));
        }
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      return new Result(127, words.getFirst() + " cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Result(124, words.getFirst() + " was interrupted");
    }
  }
}
