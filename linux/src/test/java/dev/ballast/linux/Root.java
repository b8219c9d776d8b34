package dev.ballast.linux;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** What the tests against the kernel need: rights, programs that judge, threads to spoil. */
public final class Root {
  private Root() {}

  public static void require(String... programs) {
    missing(programs)
        .ifPresent(reason -> {
          if ("true".equals(System.getenv("CI"))) {
            fail("CI must have it: " + reason);
          }
          Assumptions.abort(reason);
        });
  }

  /** Skips in a user namespace: its root may not take processors from others. */
  public static void requireOutermost() {
    try {
      String map = Files.readString(Path.of("/proc/self/uid_map")).strip();
      Assumptions.assumeTrue(
          map.matches("0\\s+0\\s+4294967295"), "needs the rights of the outermost root");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether this process has CAP_SYS_ADMIN, if only over namespaces of its own. */
  private static boolean mayAdministrate() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("CapEff:"))
          .anyMatch(line -> (Long.parseLong(line.substring(7).strip(), 16) >> 21 & 1) == 1);
    } catch (IOException e) {
      return false;
    }
  }

  private static java.util.Optional<String> missing(String... programs) {
    if (!mayAdministrate()) {
      return java.util.Optional.of("needs root to make namespaces");
    }
    return Arrays.stream(programs)
        .filter(p -> !onPath(p))
        .findFirst()
        .map(p -> "needs the program " + p);
  }

  private static boolean onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":", -1))
        .anyMatch(d -> Files.isExecutable(Path.of(d, program)));
  }

  /** Runs on a platform thread that ends afterwards, with whatever namespaces it went into. */
  public static <T> T onThread(Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().daemon().start(task);
    try {
      return task.get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof RuntimeException runtime) {
        throw runtime;
      }
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs a program that judges; fails on a status other than 0. */
  public static String judge(String... command) {
    try {
      Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        fail(String.join(" ", command) + ": " + output);
      }
      return output;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
