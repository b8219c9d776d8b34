package dev.ballast.certificates.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;

/** Runs programs of other people. */
public final class Peers {
  private Peers() {}

  /** Skips the test where a program is missing; in CI that is a failure. */
  public static void require(String program, String debianPackage) {
    var found =
        List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    var message = program + " is missing; install Debian's " + debianPackage;
    if ("true".equals(System.getenv("CI")) && !found) {
      throw new AssertionError(message);
    }
    Assumptions.assumeTrue(found, message);
  }

  /** What a program printed on both its outputs, and how it ended. */
  public record Outcome(int status, String output) {
    public String orFail() {
      if (status != 0) {
        throw new AssertionError("status=" + status + "\n" + output);
      }
      return output;
    }
  }

  public static Outcome run(String... command) {
    return run(List.of(command));
  }

  public static Outcome run(List<String> command) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("did not end: " + command);
      }
      return new Outcome(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Ports that nobody uses, all different. */
  public static int[] freePorts(int count) {
    var ports = new int[count];
    var sockets = new ServerSocket[count];
    try {
      for (int i = 0; i < count; i++) {
        sockets[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ports[i] = sockets[i].getLocalPort();
      }
      for (var socket : sockets) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for something to become so, looking often; fails after the limit. */
  public static void await(String what, Duration limit, BooleanSupplier condition) {
    var end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not happen within " + limit + ": " + what);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
