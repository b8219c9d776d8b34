package dev.ballast.cli.up;

import dev.ballast.cli.Threads;
import dev.ballast.linux.namespace.UserNamespaces;
import dev.ballast.linux.process.ChildProcess;
import dev.ballast.linux.process.Command;
import dev.ballast.linux.process.Exit;
import dev.ballast.linux.process.Signal;
import dev.ballast.linux.process.Spawner;
import dev.ballast.linux.process.Stdio;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs {@code up} once more as the root of a user namespace, with mounts of its own, when the user
 * is not root: then it may make networks that nobody else sees.
 */
final class OrdinaryUser {
  /** Tells the second run who it is. */
  static final String MARK = "BALLAST_UP_IN_USER_NAMESPACE";

  /**
   * The named networks lie in memory that only the second run sees. {@code /run} itself may not
   * hold a place for them and can not be written, so all of it is covered.
   */
  private static final String PREPARE =
      "mount -t tmpfs -o mode=755,nosuid,nodev ballast-run /run && mkdir /run/netns && exec \"$@\"";

  private static final Duration TRIAL = Duration.ofSeconds(10);
  private static final int MOST_SAID = 4_096;

  private OrdinaryUser() {}

  /** Whether this process lacks the rights and is not the second run. */
  static boolean isNeeded() {
    return effectiveUser() != 0;
  }

  /** Whether this is the second run. */
  static boolean isSecondRun() {
    return System.getenv(MARK) != null;
  }

  /**
   * Whether root is somebody else outside: of the second run, and of a container of an ordinary
   * user.
   */
  static boolean isRootOfUserNamespace() {
    try {
      // Of the machine's own namespace: every number is itself (user_namespaces(7)).
      return !Files.readString(Path.of("/proc/self/uid_map"))
          .strip()
          .matches("0\\s+0\\s+4294967295");
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc/self/uid_map", e);
    }
  }

  private static long effectiveUser() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("Uid:"))
          .mapToLong(line -> Long.parseLong(line.split("\\s+")[2]))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /proc/self/status", e);
    }
  }

  /**
   * Runs it and gives its exit code. A thread of the second run can only come back to a namespace
   * that is the second run's own, so it gets one of each kind that its threads leave.
   *
   * <p>Signals that end this process are passed on.
   */
  static int runAgain(List<String> arguments) {
    UserNamespaces.refusal()
        .ifPresent(reason -> {
          throw new UpFailure(
              "an ordinary user can not make networks on this machine: " + reason,
              "nothing was changed");
        });
    try (Spawner spawner = Spawner.open(Threads.WIRED)) {
      requireNamespaces(spawner);
      return run(spawner, arguments);
    }
  }

  /** Inside namespaces of its own, with a place for the names of networks. */
  private static Command inside(List<String> program) {
    List<String> words =
        new ArrayList<>(
            List.of("unshare", "--mount", "--net", "--uts", "--", "sh", "-c", PREPARE, "sh"));
    words.addAll(program);
    return Command.of(words).asRootOfNewUserNamespace();
  }

  /** No setting may forbid it, and a filter of a container or a security module still does. */
  private static void requireNamespaces(Spawner spawner) {
    try (ChildProcess trial = spawner.start(inside(List.of("true")).error(new Stdio.Pipe()))) {
      String said = new String(trial.error().readNBytes(MOST_SAID), StandardCharsets.UTF_8);
      Exit exit =
          trial
              .waitFor(TRIAL)
              .orElseThrow(() ->
                  new UpFailure("unshare(1) does not end", "look what it waits for: " + trial));
      if (!exit.isSuccess()) {
        throw new UpFailure(
            "an ordinary user can not make networks on this machine: "
                + said.lines().findFirst().orElse("unshare(1) ended with " + exit),
            "run as root, or allow user namespaces (in a container: its seccomp and AppArmor"
                + " profile); nothing was changed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what unshare(1) says", e);
    }
  }

  private static int run(Spawner spawner, List<String> arguments) {
    try (ChildProcess second =
        spawner.start(inside(JavaCommand.again(arguments)).environment(MARK, "1"))) {
      Thread passOn =
          new Thread(() -> {
            second.signal(Signal.TERM);
            second.waitFor(Duration.ofSeconds(30));
          });
      Runtime.getRuntime().addShutdownHook(passOn);
      while (true) {
        var exit = second.waitFor(Duration.ofMinutes(1));
        if (exit.isPresent()) {
          return code(exit.get());
        }
      }
    }
  }

  private static int code(Exit exit) {
    return switch (exit) {
      case Exit.Status(int status) -> status;
      case Exit.Killed killed ->
          throw new UpFailure(
              "the process in the user namespace was " + killed, "run again: it cleans up first");
    };
  }
}
