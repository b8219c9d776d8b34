package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A queue holds the elements that are in it, and no others. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ReachabilityTest {
  private static final int SIZE = 64;

  @ParameterizedTest
  @EnumSource
  void what_was_taken_is_garbage(Family member) {
    ConcurrentQueue<Object> queue = member.queue(SIZE);
    List<WeakReference<Object>> taken = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      Object element = new Object();
      taken.add(new WeakReference<>(element));
      queue.offer(element);
    }
    while (queue.poll() != null) {
      // All of them.
    }
    assertAllCollected(taken);
    assertThat(queue.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void what_was_removed_is_garbage(Family member) {
    ConcurrentQueue<Object> queue = member.queue(SIZE);
    List<WeakReference<Object>> removed = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      Object element = new Object();
      removed.add(new WeakReference<>(element));
      queue.offer(element);
      queue.remove(element);
    }
    assertAllCollected(removed);
    assertThat(queue.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = "SPMC_ARRAY", mode = EnumSource.Mode.EXCLUDE)
  void what_was_removed_behind_a_waiting_element_is_garbage(Family member) {
    ConcurrentQueue<Object> queue = member.queue(SIZE);
    queue.offer("waits");
    List<WeakReference<Object>> removed = new ArrayList<>();
    for (int i = 0; i < SIZE - 1; i++) {
      Object element = new Object();
      removed.add(new WeakReference<>(element));
      queue.offer(element);
      queue.remove(element);
    }
    assertAllCollected(removed);
    assertThat(queue.poll()).isEqualTo("waits");
  }

  private static void assertAllCollected(List<WeakReference<Object>> references) {
    // A collection is asked for, and may be partial.
    for (int round = 0; round < 20 && references.stream().anyMatch(r -> r.get() != null); round++) {
      System.gc();
    }
    assertThat(references).allSatisfy(reference -> assertThat(reference.get()).isNull());
  }

  @ParameterizedTest
  @EnumSource
  void elements_that_come_and_are_removed_need_no_memory(Family member) throws Exception {
    assertThat(runIn("-Xmx48m", member, "large")).isEqualTo("done");
  }

  /** The first one stays: not one of a million places behind it may stay with it. */
  @ParameterizedTest
  @EnumSource(names = {"SPSC_UNBOUNDED", "MPSC_UNBOUNDED", "MPMC_UNBOUNDED", "MPMC_LINKED"})
  void places_behind_a_waiting_element_need_no_memory(Family member) throws Exception {
    assertThat(runIn("-Xmx16m", member, "many")).isEqualTo("done");
  }

  private static String runIn(String memory, Family member, String what) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                memory,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Removing.class.getName(),
                member.name(),
                what)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.strip();
  }

  /** Run in a machine of its own with little memory. */
  static final class Removing {
    private Removing() {}

    @SuppressWarnings("SystemOut") // the answer to the test that started it
    public static void main(String[] arguments) {
      ConcurrentQueue<Object> queue = Family.valueOf(arguments[0]).queue(1024);
      if (arguments[1].equals("many")) {
        queue.offer("waits");
        for (int i = 0; i < 10_000_000; i++) {
          Object element = i;
          queue.offer(element);
          queue.remove(element);
        }
      } else {
        for (int i = 0; i < 2_000; i++) {
          Object element = new byte[1 << 20];
          queue.offer(element);
          queue.remove(element);
        }
      }
      System.out.println("done");
    }
  }
}
