package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a real process with SIGKILL before every step of a renewal; openssl judges the pairs. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledProcessIT {
  /** Every step with {@code dev/test --long}. */
  private static final int STRIDE = Boolean.getBoolean("nightly") ? 1 : 3;

  private static final List<String> PAIRS = List.of("apiserver", "etcd/peer");

  @TempDir(factory = InMemory.class)
  Path temp;

  @Test
  void every_pair_matches_after_every_kill_and_again_after_the_next_start() throws Exception {
    var before = pairs("before");
    var after = pairs("after");
    var seen = new TreeSet<String>();
    for (int step = 1; ; step += STRIDE) {
      var node = Files.createDirectory(temp.resolve("node-" + step));
      copy(before, node);

      var killed = renewAndKillBefore(step, after, node);

      assertPairsMatch(node);
      new Changes(StateDirectory.beside(node), Node.CLOCK, 3, new RealDisk()).open().close();
      assertPairsMatch(node);
      seen.add(sameAs(node, before) ? "before" : sameAs(node, after) ? "after" : "neither");
      if (!killed) {
        assertThat(sameAs(node, after)).isTrue();
        assertThat(step).isGreaterThan(50);
        break;
      }
    }
    assertThat(seen).containsExactly("after", "before");
  }

  private Path pairs(String name) throws Exception {
    var directory = temp.resolve(name);
    for (var pair : PAIRS) {
      var stem = directory.resolve(pair);
      Files.createDirectories(stem.resolveSibling(""));
      openssl(
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-subj",
          "/CN=" + name,
          "-keyout",
          stem + ".key",
          "-out",
          stem + ".crt");
    }
    return directory;
  }

  private static void copy(Path from, Path to) throws IOException {
    for (var pair : PAIRS) {
      Files.createDirectories(to.resolve(pair).resolveSibling(""));
      for (var extension : List.of(".crt", ".key")) {
        Files.copy(from.resolve(pair + extension), to.resolve(pair + extension));
      }
    }
  }

  private static boolean sameAs(Path node, Path other) throws IOException {
    for (var pair : PAIRS) {
      for (var extension : List.of(".crt", ".key")) {
        if (Files.mismatch(node.resolve(pair + extension), other.resolve(pair + extension)) >= 0) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean renewAndKillBefore(int step, Path from, Path node) throws Exception {
    var command = new ArrayList<String>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Renewal.class.getName(), from.toString(), node.toString(), "" + step));
    command.addAll(PAIRS);
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var reached = process.getInputStream().read() == '\n';
    if (!reached) {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      return false;
    }
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("ended by SIGKILL").isEqualTo(128 + 9);
    return true;
  }

  private static void assertPairsMatch(Path node) throws Exception {
    for (var pair : PAIRS) {
      var cert =
          openssl("x509", "-noout", "-pubkey", "-in", node.resolve(pair + ".crt").toString());
      var key = openssl("pkey", "-pubout", "-in", node.resolve(pair + ".key").toString());
      assertThat(cert).as(node + " " + pair).isEqualTo(key).startsWith("-----BEGIN PUBLIC KEY");
    }
  }

  private static String openssl(String... arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add("openssl");
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command.toString()).isZero();
    return output;
  }
}
