package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's limit on a user's processes, which counts threads, in a process of its own. */
@Timeout(180)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ThreadLimitIT {
  /** A user that has no other process. */
  private static final String USER = "61234";

  private static final int THREADS = 80;

  @Test
  void a_scheduler_that_gets_no_threads_says_so_and_goes_on_when_it_gets_some() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "the limit does not bind this user");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv (util-linux) is missing");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "prlimit (util-linux) is missing");
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/bin/setpriv",
                "--reuid=" + USER,
                "--clear-groups",
                // What the class path names may be root's alone.
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search",
                "/usr/bin/prlimit",
                "--nproc=" + THREADS,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xlog:os+thread=off",
                "-cp",
                System.getProperty("java.class.path"),
                ThreadLimitProbe.class.getName()));
    Path output = Files.createTempFile("thread-limit", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(150, TimeUnit.SECONDS);
      process.destroyForcibly();
      String text = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(ended).as(text).isTrue();
      assertThat(text)
          .contains("of its OS threads and tries again: unable to create native thread")
          .contains(" shortage")
          .endsWith("all went on\n");
      assertThat(process.exitValue()).isZero();
    } finally {
      Files.delete(output);
    }
  }
}
