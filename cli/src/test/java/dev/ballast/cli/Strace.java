package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs a command under strace, which sees every system call that changes a file, and kills the
 * process with SIGKILL on its way into the one that is asked for: that call is not made any more.
 */
final class Strace {
  private static final long LIMIT_SECONDS = 120;
  private static final int KILLED = 128 + 9;

  /** A question mark: not every processor has all of them. */
  private static final String CHANGES =
      List.of(
              "write",
              "pwrite64",
              "ftruncate",
              "fsync",
              "fdatasync",
              "rename",
              "renameat",
              "renameat2",
              "unlink",
              "unlinkat",
              "rmdir",
              "mkdir",
              "mkdirat",
              "link",
              "linkat",
              "symlink",
              "symlinkat",
              "chmod",
              "fchmod",
              "fchmodat",
              "chown",
              "fchown",
              "lchown",
              "fchownat",
              "utimensat")
          .stream()
          .map(call -> "?" + call)
          .collect(Collectors.joining(","));

  private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+)\\((.*)");

  /** A path, or the file behind a descriptor. */
  private static final Pattern PATH = Pattern.compile("\"(/[^\"]*)\"|\\d<(/[^>]*)>");

  private final Path log;

  Strace(Path log) {
    this.log = log;
  }

  /**
   * A system call.
   *
   * @param number which of the calls of this name by its thread it is, from 1
   * @param path the file that it changes; of two names the second
   */
  record Call(String name, int number, Path path) {}

  /** Skips the test where strace is missing, which in CI is a failure, or may trace nothing. */
  static void require(Path directory) throws Exception {
    int status;
    try {
      status = run(List.of("strace", "-o", directory.resolve("tried").toString(), "true"));
    } catch (IOException e) {
      assertThat(System.getenv("CI")).as("strace is missing").isNotEqualTo("true");
      Assumptions.abort("strace is missing");
      return;
    }
    Assumptions.assumeTrue(status == 0, "this kernel lets strace trace nothing");
  }

  private static int run(List<String> command) throws Exception {
    var process =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not end: " + command);
    }
    return process.exitValue();
  }

  private List<String> traced(List<String> options, List<String> command) {
    var line = new ArrayList<>(List.of("strace", "-f", "-qq", "-y", "-s", "0"));
    line.addAll(List.of("-o", log.toString(), "-e", "trace=" + CHANGES));
    line.addAll(options);
    line.addAll(command);
    return line;
  }

  /** The calls of the thread that made the most, in their order. */
  List<Call> calls(List<String> command) throws Exception {
    assertThat(run(traced(List.of(), command))).isZero();
    Map<String, List<MatchResult>> byThread =
        Files.readAllLines(log).stream()
            .map(LINE::matcher)
            .filter(Matcher::matches)
            .map(Matcher::toMatchResult)
            .collect(Collectors.groupingBy(line -> line.group(1)));
    var numbers = new HashMap<String, Integer>();
    return byThread.values().stream().max(Comparator.comparing(List::size)).orElseThrow().stream()
        .map(line ->
            new Call(
                line.group(2), numbers.merge(line.group(2), 1, Integer::sum), path(line.group(3))))
        .toList();
  }

  private static Path path(String arguments) {
    var path = PATH.matcher(arguments);
    var last = Path.of("");
    while (path.find()) {
      last = Path.of(path.group(1) == null ? path.group(2) : path.group(1));
    }
    return last;
  }

  /**
   * Runs the command until it is on its way into this call.
   *
   * @return whether it was killed there; otherwise it came to its end, and well
   */
  boolean killsAt(Call call, List<String> command) throws Exception {
    var inject = "inject=" + call.name() + ":signal=SIGKILL:when=" + call.number();
    int status = run(traced(List.of("-e", inject), command));
    assertThat(status).isIn(0, KILLED);
    return status == KILLED;
  }
}
