package dev.ballast.queues;

import com.google.common.collect.testing.QueueTestSuiteBuilder;
import com.google.common.collect.testing.TestStringQueueGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestResult;
import junit.framework.TestSuite;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Guava's suite of what a {@link Queue} must do, for every queue of the family. */
class QueueContractTest {
  private static final int ROOM = 64;

  @TestFactory
  Stream<DynamicNode> of_every_queue() {
    return Stream.of(Family.values())
        .flatMap(member -> tests(member.name(), elements -> filled(member.queue(ROOM), elements)));
  }

  @TestFactory
  Stream<DynamicNode> of_a_parking_queue() {
    return tests(
        "parking",
        elements ->
            filled(new ParkingQueue<>(Family.MPMC_ARRAY_STRICT.<String>queue(ROOM)), elements));
  }

  @TestFactory
  Stream<DynamicNode> of_a_queue_that_checks_roles() {
    return tests(
        "checked",
        elements ->
            filled(Queues.bounded(ROOM).checked().producers(Threads.ONE).build(), elements));
  }

  private interface Making {
    Queue<String> of(String[] elements);
  }

  private static Queue<String> filled(Queue<String> queue, String[] elements) {
    Collections.addAll(queue, elements);
    return queue;
  }

  private static Stream<DynamicNode> tests(String name, Making making) {
    TestSuite suite =
        QueueTestSuiteBuilder.using(
                new TestStringQueueGenerator() {
                  @Override
                  protected Queue<String> create(String[] elements) {
                    return making.of(elements);
                  }
                })
            .named(name)
            .withFeatures(
                CollectionSize.ANY,
                CollectionFeature.GENERAL_PURPOSE,
                CollectionFeature.KNOWN_ORDER)
            .createTestSuite();
    List<DynamicNode> all = new ArrayList<>();
    collect(name, suite, all);
    return all.stream();
  }

  private static void collect(String name, TestSuite suite, List<DynamicNode> into) {
    for (Test test : Collections.list(suite.tests())) {
      if (test instanceof TestSuite inner) {
        collect(name, inner, into);
      } else {
        into.add(DynamicTest.dynamicTest(name + " " + test, () -> run(test)));
      }
    }
  }

  private static void run(Test test) throws Throwable {
    TestResult result = new TestResult();
    if (test instanceof TestCase single) {
      single.run(result);
    } else {
      test.run(result);
    }
    for (var failures : List.of(result.failures(), result.errors())) {
      if (failures.hasMoreElements()) {
        throw failures.nextElement().thrownException();
      }
    }
  }
}
