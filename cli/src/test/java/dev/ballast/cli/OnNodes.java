package dev.ballast.cli;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.cluster.ClusterNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the command under test on nodes of a cluster. */
final class OnNodes {
  private static final Duration LIMIT = Duration.ofMinutes(6);

  private OnNodes() {}

  /** Runs it to its end. */
  static Ran ballast(ClusterNode node, String... words) throws Exception {
    return node.runWithin(LIMIT, command(words));
  }

  /** Starts it beside the test. */
  static Daemon start(ClusterNode node, Path log, String... words) throws Exception {
    return Daemon.start(log, Map.of(), node.entering(command(words)));
  }

  private static String[] command(String... words) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.add("@" + Path.of("../dev/jvm-options").toAbsolutePath().normalize());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.ballast.cli.Main"));
    command.addAll(List.of(words));
    return command.toArray(String[]::new);
  }
}
