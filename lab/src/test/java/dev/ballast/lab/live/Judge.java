package dev.ballast.lab.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** The kernel's own tools. */
final class Judge {
  private Judge() {}

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
      assertThat(root).as("the tests of the lab need root").isTrue();
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

  /** The names that {@code ip netns} knows. */
  static List<String> networks() throws IOException, InterruptedException {
    return run("ip", "netns", "list").lines().map(line -> line.split(" ")[0]).sorted().toList();
  }

  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for: " + what).isLessThan(until);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
