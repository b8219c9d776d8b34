package dev.ballast.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs beside the tests, with its output in a file. It is killed when the JVM ends,
 * also when that is killed itself.
 */
public final class Daemon implements AutoCloseable {
  private static final int LAST_LINES = 30;
  private static final Duration STOP = Duration.ofSeconds(10);

  /**
   * The kernel kills a child with the thread that started it (prctl(2), PR_SET_PDEATHSIG), and
   * JUnit ends threads; this one stays.
   */
  private static final ExecutorService SPAWNER =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("testkit-spawner").factory());

  private final Process process;
  private final Path log;

  private Daemon(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a program.
   *
   * @param log the file that gets its output
   */
  public static Daemon start(Path log, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    List<String> tied = new ArrayList<>();
    tied.add(ReferenceProgram.required("setpriv").toString());
    tied.addAll(List.of("--pdeathsig", "KILL", "--"));
    tied.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(tied).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    try {
      return new Daemon(SPAWNER.submit(builder::start).get(), log);
    } catch (ExecutionException e) {
      throw new IOException("cannot start " + command.getFirst(), e.getCause());
    }
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public long pid() {
    return process.pid();
  }

  /** Returns the last lines of its output, for a failure. */
  public String lastWords() {
    try {
      List<String> lines = Files.readString(log, StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException e) {
      return "its log cannot be read: " + e.getMessage();
    }
  }

  /** Ends it: SIGTERM, and SIGKILL when that does not help. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
