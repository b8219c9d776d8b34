package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class NoFlagsTest {
  @Test
  void the_whole_family_works_where_unsafe_memory_access_is_denied_and_warns_of_nothing()
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=deny",
                "-cp",
                System.getProperty("java.class.path"),
                Everything.class.getName())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).isEmpty();
    assertThat(process.exitValue()).isZero();
  }

  /** Passes elements through every queue. */
  static final class Everything {
    private Everything() {}

    public static void main(String[] arguments) throws InterruptedException {
      for (Family member : Family.values()) {
        ParkingQueue<Integer> queue = new ParkingQueue<>(member.queue(4));
        for (int i = 0; i < 100; i++) {
          queue.put(i);
          if (queue.take() != i) {
            throw new IllegalStateException(member + " lost " + i);
          }
        }
      }
      WorkStealingDeque<Integer> deque = new WorkStealingDeque<>();
      deque.push(1);
      LocalRunQueue<Integer> ring = new LocalRunQueue<>();
      ring.push(2, ignored -> {});
      if (deque.pop() != 1 || ring.poll() != 2) {
        throw new IllegalStateException("a scheduler's queue lost its element");
      }
    }
  }
}
