package dev.ballast.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** {@code ballast up} as a process of its own, and the kernel's tools that judge it. */
final class UpRun implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private final Thread reader;

  private UpRun(Process process) {
    this.process = process;
    reader = Thread.ofVirtual().start(this::read);
  }

  /** Starts {@code up}. */
  static UpRun start(String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("up"));
    words.addAll(List.of(arguments));
    return ballast(words);
  }

  /** Starts a command of Ballast with the JVM options of the launcher. */
  static UpRun ballast(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    // A shell lets what it starts in the background ignore Ctrl-C, and that is inherited.
    command.addAll(List.of("env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Files.readAllLines(Path.of("../dev/jvm-options")).stream()
        .filter(line -> line.startsWith("-"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.ballast.cli.Main"));
    command.addAll(arguments);
    return new UpRun(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private void read() {
    try (var input = process.inputReader()) {
      String line;
      while ((line = input.readLine()) != null) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      // The process was killed.
    }
    synchronized (lines) {
      lines.notifyAll();
    }
  }

  /** Waits for a line that was printed after the first {@code from}. */
  String await(int from, Predicate<String> wanted) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      int next = from;
      while (true) {
        for (; next < lines.size(); next++) {
          if (wanted.test(lines.get(next))) {
            return lines.get(next);
          }
        }
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        assertThat(left > 0 && (process.isAlive() || reader.isAlive()))
            .as(() -> "a line is missing in:\n" + String.join("\n", lines))
            .isTrue();
        lines.wait(Math.min(left, 200));
      }
    }
  }

  String await(String part) throws InterruptedException {
    return await(0, line -> line.contains(part));
  }

  int count() {
    synchronized (lines) {
      return lines.size();
    }
  }

  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  void interrupt() throws Exception {
    run("kill", "-INT", Long.toString(process.pid()));
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Its exit code, and all lines. */
  int end() throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    reader.join();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Skips where the rights or programs are missing; fails on a CI machine. */
  static void require(String... programs) {
    boolean root = "root".equals(System.getProperty("user.name"));
    String missing =
        Stream.of(programs)
            .filter(program ->
                Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
                    .noneMatch(dir -> Files.isExecutable(Path.of(dir, program))))
            .findFirst()
            .orElse("");
    if ("true".equals(System.getenv("CI"))) {
      assertThat(root).as("the tests of up need root").isTrue();
      assertThat(missing).as("missing program").isEmpty();
    }
    assumeTrue(root, "needs root");
    assumeTrue(missing.isEmpty(), "needs the program " + missing);
  }

  /** What a program prints, both streams. */
  static String run(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text.strip();
  }

  /** The names that {@code ip netns} knows and this project made. */
  static List<String> networks() throws IOException, InterruptedException {
    return run("ip", "netns", "list")
        .lines()
        .map(line -> line.split(" ")[0])
        .filter(name -> name.startsWith("blt-up"))
        .sorted()
        .toList();
  }
}
