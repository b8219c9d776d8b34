package dev.ballast.bench.tasks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A process whose tasks all wait, and what the kernel says that it uses of the processors. */
final class IdleProcess implements AutoCloseable {
  static final String WHOLE = "an idle process, µs of CPU a second";
  static final String OWN = "the scheduler's threads of it, µs of CPU a second";

  private final Process process;

  /** Starts it and waits until its tasks wait. */
  IdleProcess(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = lines.readLine();
    if (!TaskReport.READY.equals(line)) {
      process.destroyForcibly();
      throw new IOException("%s said %s, not that it is ready".formatted(command.getFirst(), line));
    }
  }

  /** Microseconds that threads whose names begin so have run for. */
  double used(String threads) throws IOException {
    double nanoseconds = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : all.toList()) {
        try {
          if (Files.readString(thread.resolve("comm")).startsWith(threads)) {
            String times = Files.readString(thread.resolve("schedstat"));
            nanoseconds += Double.parseDouble(times.substring(0, times.indexOf(' ')));
          }
        } catch (NoSuchFileException _) {
          // It ended meanwhile.
        }
      }
    }
    return nanoseconds / 1e3;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
