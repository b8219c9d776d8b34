package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.peers.OpenSsl;
import dev.ballast.certificates.peers.Peers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own refusals: a file system that is full, at whichever step, or read-only. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class FullDiskIT {
  private static final List<String> PAIRS = List.of("apiserver", "front-proxy-client");

  @TempDir Path temp;

  private List<String> attempts() throws Exception {
    Peers.require("openssl", "openssl");
    Peers.require("unshare", "util-linux");
    var may = Peers.run("unshare", "--mount", "true").status() == 0;
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(may, "only root may make mount namespaces");
    }
    for (var version : List.of("before", "after")) {
      for (var pair : PAIRS) {
        OpenSsl.selfSigned(temp.resolve(version).resolve(pair), version);
      }
    }
    var mount = Files.createDirectory(temp.resolve("mount"));
    var command = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private"));
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
    command.add(FullDisk.class.getName());
    command.addAll(
        List.of(temp.resolve("before").toString(), temp.resolve("after").toString(), "" + mount));
    command.addAll(PAIRS);
    return Peers.run(command).orFail().lines().toList();
  }

  @Test
  void leaves_everything_as_it_was_and_says_what_to_do() throws Exception {
    var attempts = attempts();

    assertThat(attempts).last().asString().startsWith("read-only old: cannot begin a change");
    assertThat(attempts).last().asString().contains("remount the file system writable");
    assertThat(attempts).contains("inodes new: done", "space new: done");
    var refused =
        attempts.stream().filter(a -> !a.contains(" new") && !a.startsWith("read-only")).toList();
    assertThat(refused)
        .hasSizeGreaterThan(20)
        .allSatisfy(attempt ->
            assertThat(attempt)
                .matches("(inodes|space) old: .*(o space left|ot enough space).*")
                .contains("free some space", "nothing was changed"));
    // Refused by the kernel at many different steps, not only by looking ahead.
    assertThat(refused.stream().filter(a -> a.contains("no space left")).distinct())
        .hasSizeGreaterThan(8)
        .noneMatch(attempt -> attempt.contains(": a file: "));
  }
}
