package dev.ballast.queues;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jol.info.ClassLayout;
import org.openjdk.jol.info.FieldLayout;

/** What producers and what consumers write is apart in the virtual machine that runs this. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class LayoutTest {
  private static final int TWO_LINES = 128;

  /** Of each class what producers write, what consumers write, and what everybody reads. */
  private static final Map<Class<?>, List<List<String>>> GROUPS = groups();

  private static Map<Class<?>, List<List<String>>> groups() {
    try {
      return Map.ofEntries(
          entry(
              StrictMpmcArrayQueue.class,
              List.of(
                  List.of("tail", "tailLimit"),
                  List.of("head", "withdrawn"),
                  List.of("cells", "lasting", "closed"))),
          entry(
              MpscArrayQueue.class,
              List.of(
                  List.of("tail", "tailLimit"),
                  List.of("head", "emptyNow", "emptyNext", "withdrawn"),
                  List.of("cells", "closed"))),
          entry(
              SpscArrayQueue.class,
              List.of(
                  List.of("tail", "tailLimit"),
                  List.of("head", "withdrawn"),
                  List.of("cells", "closed"))),
          entry(
              SpmcArrayQueue.class,
              List.of(
                  List.of("tail", "tailLimit", "tailTakeovers"),
                  List.of("head", "headLimit", "withdrawn", "headTakeovers"),
                  List.of("cells", "closed", "withdrew"))),
          entry(
              FastMpmcArrayQueue.class,
              List.of(
                  List.of("tail"),
                  List.of("head", "withdrawn"),
                  List.of("cells", "turns", "closed"))),
          entry(
              SpscUnboundedQueue.class,
              List.of(
                  List.of("tail", "tailSegment", "tailCells"),
                  List.of("head", "headCells", "withdrawn"),
                  List.of("mask", "closed"))),
          entry(
              MpscUnboundedQueue.class,
              List.of(
                  List.of("tail"),
                  List.of("head", "headSegment", "headGaps", "headShown", "withdrawn"),
                  List.of("mask", "last", "state"))),
          entry(
              MpmcUnboundedQueue.class,
              List.of(List.of("last"), List.of("first"), List.of("segmentCells"))),
          entry(
              Class.forName(MpmcUnboundedQueue.class.getName() + "$Segment"),
              List.of(
                  List.of("enters"), List.of("leaves", "entersSeen"), List.of("cells", "next"))),
          entry(
              MpmcLinkedQueue.class,
              List.of(List.of("last"), List.of("first"), List.of("withdrawn"))),
          entry(
              LocalRunQueue.class,
              List.of(List.of("enters", "entersOwn"), List.of("leaves"), List.of("cells"))),
          entry(
              WorkStealingDeque.class,
              List.of(List.of("enters", "entersOwn"), List.of("leaves"), List.of("cells"))),
          entry(
              IndexRing.class, List.of(List.of("enters"), List.of("leaves"), List.of("entries"))));
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Prints the distance between the groups that are nearest; run in a machine of its own. */
  static final class Probe {
    private Probe() {}

    @SuppressWarnings("SystemOut") // the answer to the test that started it
    public static void main(String[] arguments) {
      GROUPS.forEach(
          (type, groups) -> System.out.println(type.getSimpleName() + " " + nearest(type, groups)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:+UseCompressedOops",
        "-XX:-UseCompressedOops",
        "-XX:+UseCompactObjectHeaders"
      })
  void keeps_the_sides_two_cache_lines_apart(String option) throws Exception {
    Map<String, Integer> distances = probe(option);

    assertThat(distances).hasSize(GROUPS.size());
    assertThat(distances.values())
        .allSatisfy(distance -> assertThat(distance).isGreaterThanOrEqualTo(TWO_LINES));
  }

  private static Map<String, Integer> probe(String option)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                option,
                "-Djol.skipInstalledCheck=true",
                "-Djol.magicFieldOffset=true",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(answer).isZero();
    return answer
        .lines()
        .filter(line -> line.matches("\\w+ \\d+"))
        .map(line -> line.split(" ", 2))
        .collect(Collectors.toMap(words -> words[0], words -> Integer.parseInt(words[1])));
  }

  /** Bytes from the end of one group's field to the start of another group's. */
  private static long nearest(Class<?> type, List<List<String>> groups) {
    Map<String, FieldLayout> fields = new HashMap<>();
    ClassLayout.parseClass(type).fields().forEach(field -> fields.put(field.name(), field));
    List<Long> gaps = new ArrayList<>();
    for (List<String> one : groups) {
      for (List<String> other : groups) {
        if (one != other) {
          for (String a : one) {
            for (String b : other) {
              FieldLayout first = fields.get(a);
              FieldLayout second = fields.get(b);
              gaps.add(
                  first.offset() < second.offset()
                      ? second.offset() - first.offset() - first.size()
                      : first.offset() - second.offset() - second.size());
            }
          }
        }
      }
    }
    return gaps.stream().mapToLong(Long::longValue).min().orElseThrow();
  }
}
