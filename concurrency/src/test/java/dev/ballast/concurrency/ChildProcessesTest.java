package dev.ballast.concurrency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Children that are to die with their parent, which the kernel takes to be a thread. */
@Timeout(60)
@DisplayNameGeneration(ReplaceUnderscores.class)
class ChildProcessesTest {
  private static final String SETPRIV = "/usr/bin/setpriv";

  private static ProcessBuilder dependent() {
    assumeTrue(Files.isExecutable(Path.of(SETPRIV)), "setpriv (util-linux) is missing");
    return new ProcessBuilder(SETPRIV, "--pdeathsig", "KILL", "sleep", "600");
  }

  /** Once the child has asked for the signal. */
  private static void awaitSleeping(Process child) throws InterruptedException {
    Path name = Path.of("/proc", Long.toString(child.pid()), "comm");
    Tasks.await(
        "it sleeps",
        () -> {
          try {
            return Files.readString(name).equals("sleep\n");
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** The kernel's rule, which makes the other test mean something. */
  @Test
  void a_child_of_an_OS_thread_that_ends_is_killed() throws Exception {
    try (Scheduler scheduler = Scheduler.start("t", 1)) {
      Process child =
          scheduler
              .submit(() -> {
                Task.lockOSThread();
                Process started = dependent().start();
                awaitSleeping(started);
                return started;
              })
              .get(30, TimeUnit.SECONDS);
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isEqualTo(128 + 9);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"native", "portable", "deterministic"})
  void a_child_of_the_thread_that_stays_outlives_the_scheduler(String mode) throws Exception {
    Process child;
    try (Scheduler scheduler = Scheduler.start(Tasks.inMode(mode, Options.named("t")))) {
      child =
          scheduler
              .submit(() -> {
                if (mode.equals("native")) {
                  Task.lockOSThread();
                }
                Process started = ChildProcesses.start(dependent());
                awaitSleeping(started);
                return started;
              })
              .get(30, TimeUnit.SECONDS);
    }
    try {
      assertThat(child.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void what_cannot_be_started_is_an_IOException_with_the_command() {
    assertThatThrownBy(() -> ChildProcesses.start(new ProcessBuilder("/no/such/program")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/no/such/program");
    assertThatThrownBy(() -> ChildProcesses.start(new ProcessBuilder()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
