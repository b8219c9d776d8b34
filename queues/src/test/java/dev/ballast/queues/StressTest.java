package dev.ballast.queues;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Long runs with 1, 2 and 4 threads a side; ten times as long with {@code -Dnightly}. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class StressTest {
  private static final int ELEMENTS = Boolean.getBoolean("nightly") ? 20_000_000 : 1_000_000;

  static List<Arguments> traffics() {
    List<Arguments> all = new ArrayList<>();
    for (Family member : Family.values()) {
      for (int producers : member.manyProducers() ? new int[] {1, 2, 4} : new int[] {1}) {
        for (int consumers : member.manyConsumers() ? new int[] {1, 2, 4} : new int[] {1}) {
          for (int size : new int[] {2, 7, 1024}) {
            all.add(arguments(member, producers, consumers, size));
          }
        }
      }
    }
    return all;
  }

  @ParameterizedTest(name = "{0} {1}P{2}C size {3}")
  @MethodSource("traffics")
  void loses_nothing_and_doubles_nothing_and_keeps_the_order(
      Family member, int producers, int consumers, int size) {
    int elements = size < 10 ? ELEMENTS / 10 : ELEMENTS;
    ConcurrentQueue<Long> queue = member.queue(size);
    new Traffic(producers, consumers, elements / producers / 4).through(queue);
  }
}
