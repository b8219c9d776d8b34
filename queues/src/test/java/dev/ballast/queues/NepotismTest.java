package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A dead node or segment of the old generation that still points at its successor makes each young
 * collection keep that, and so all that ever comes after it, until the old generation is full.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class NepotismTest {
  @ParameterizedTest
  @EnumSource
  void young_collections_are_enough_for_what_passes(Family member) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx24m",
                "-Xmn4m",
                "-cp",
                System.getProperty("java.class.path"),
                Passing.class.getName(),
                member.name())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output.strip()).isEqualTo("full=0");
  }

  /** Run in a machine of its own, whose old generation holds 20 MB. */
  static final class Passing {
    /** Segments for so many are 40 MB; nodes more. */
    private static final int COUNT = 10_000_000;

    private Passing() {}

    @SuppressWarnings("SystemOut") // the answer to the test that started it
    public static void main(String[] arguments) {
      ConcurrentQueue<Object> queue = Family.valueOf(arguments[0]).queue(1024);
      queue.offer("resident");
      // What is here now, the first node or segment included, goes to the old generation.
      System.gc();
      long full = fullCollections();
      for (int i = 0; i < COUNT; i++) {
        queue.offer("passing");
        if (queue.poll() == null) {
          throw new IllegalStateException("lost");
        }
      }
      System.out.println("full=" + (fullCollections() - full));
      if (queue.poll() == null) {
        throw new IllegalStateException("lost");
      }
    }

    private static long fullCollections() {
      return ManagementFactory.getGarbageCollectorMXBeans().stream()
          .filter(collector -> collector.getName().equals("MarkSweepCompact"))
          .mapToLong(GarbageCollectorMXBean::getCollectionCount)
          .sum();
    }
  }
}
