package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A call for which there is no memory has done nothing, and the queue works again when there is.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class OutOfMemoryTest {
  @ParameterizedTest
  @EnumSource
  void a_call_that_fails_for_lack_of_memory_has_done_nothing(Family member) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx24m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Starved.class.getName(),
                member.name())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).startsWith("refusals=");
    assertThat(process.exitValue()).as(output).isZero();
  }

  /** Elements come and go while all other memory is taken; run in a machine of its own. */
  static final class Starved {
    private static final int SIZE = 256;
    private static final int MOST_REFUSALS = 20;
    private static final Integer[] ELEMENTS = new Integer[10_000];

    private final ConcurrentQueue<Integer> queue;
    private int offered;
    private int polled;
    private int refusals;

    private Starved(ConcurrentQueue<Integer> queue) {
      this.queue = queue;
    }

    @SuppressWarnings("SystemOut") // the answer to the test that started it
    public static void main(String[] arguments) {
      Family member = Family.valueOf(arguments[0]);
      for (int i = 0; i < ELEMENTS.length; i++) {
        ELEMENTS[i] = i;
      }
      // All code has run once before memory ends.
      Starved before = new Starved(member.queue(SIZE));
      before.pass();
      before.end();
      Starved starved = new Starved(member.queue(SIZE));
      @Nullable Object hog = fill();
      starved.pass();
      int refusals = starved.refusals;
      hog = hog == null ? "memory" : null;
      starved.refusals = 0;
      starved.pass();
      starved.end();
      System.out.println("refusals=" + refusals);
    }

    /** Takes all memory, to the last few bytes. */
    private static @Nullable Object fill() {
      Object[] hog = {};
      for (int bytes = 1 << 20; bytes >= 16; bytes /= 2) {
        try {
          while (true) {
            hog = new Object[] {hog, new byte[bytes]};
          }
        } catch (OutOfMemoryError e) {
          // Smaller pieces may fit.
        }
      }
      return hog;
    }

    /** Elements through the queue, until all have or too many calls were refused. */
    private void pass() {
      while (polled < ELEMENTS.length && refusals < MOST_REFUSALS) {
        try {
          while (offered < ELEMENTS.length && offered - polled < SIZE - 1) {
            require(queue.offer(ELEMENTS[offered]), "there is room");
            offered++;
          }
        } catch (OutOfMemoryError e) {
          refusals++;
        }
        try {
          while (polled < offered) {
            Integer element = queue.poll();
            require(element != null && element == polled, "the next element comes");
            polled++;
          }
        } catch (OutOfMemoryError e) {
          refusals++;
        }
      }
    }

    private void end() {
      require(polled == ELEMENTS.length && refusals == 0, "with memory no call is refused");
      queue.close();
      require(queue.poll() == null && queue.isDrained() && queue.size() == 0, "it ends empty");
    }

    private static void require(boolean condition, String what) {
      if (!condition) {
        throw new IllegalStateException("not so: " + what);
      }
    }
  }
}
