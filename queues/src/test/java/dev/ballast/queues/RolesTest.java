package dev.ballast.queues;

import static dev.ballast.queues.Threads.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RolesTest {
  @Test
  void two_consumers_of_one_are_reported_with_both_names() throws InterruptedException {
    ConcurrentQueue<String> queue = Queues.unbounded().consumers(ONE).checked().build();
    try (Polling other = new Polling(queue, "first-consumer")) {
      other.awaitPolled();

      assertThatThrownBy(queue::poll)
          .isInstanceOf(RoleViolationException.class)
          .hasMessageContaining("first-consumer")
          .hasMessageContaining(Thread.currentThread().getName());
      assertThatCode(() -> queue.offer("producers are many")).doesNotThrowAnyException();
    }
  }

  @Test
  void two_producers_of_one_are_reported() throws InterruptedException {
    ConcurrentQueue<String> queue = Queues.bounded(4).producers(ONE).checked().build();
    CountDownLatch offered = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread first =
        new Thread(
            () -> {
              queue.offer("mine");
              offered.countDown();
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "first-producer");
    first.start();
    offered.await();

    assertThatThrownBy(() -> queue.offer("not mine"))
        .isInstanceOf(RoleViolationException.class)
        .hasMessageContaining("first-producer");

    end.countDown();
    first.join();
  }

  @Test
  void a_role_can_be_handed_over() throws InterruptedException {
    ConcurrentQueue<String> queue = Queues.unbounded().consumers(ONE).checked().build();
    try (Polling other = new Polling(queue, "first-consumer")) {
      other.awaitPolled();

      queue.handOver();

      assertThat(queue.poll()).isEqualTo("mine");
    }
  }

  @Test
  void the_role_of_a_thread_that_ended_is_free() throws InterruptedException {
    ConcurrentQueue<String> queue = Queues.bounded(4).producers(ONE).checked().build();
    Thread first = new Thread(() -> queue.offer("from the first"));
    first.start();
    first.join();

    assertThat(queue.offer("from the second")).isTrue();
    assertThat(queue).containsExactly("from the first", "from the second");
  }

  @Test
  void every_call_of_a_role_is_checked_and_no_other() throws InterruptedException {
    ConcurrentQueue<String> queue =
        Queues.bounded(4).producers(ONE).consumers(ONE).checked().build();
    Iterator<String> walk = queue.iterator();
    try (Polling other = new Polling(queue, "owner of both")) {
      other.awaitPolled();
      List<ThrowingCallable> producing =
          List.of(
              () -> queue.offer("a"),
              () -> queue.add("a"),
              () -> queue.addAll(List.of("a")),
              () -> queue.fill(() -> "a", 1),
              () -> queue.fill(() -> "a", 1, ignored -> {}));
      List<ThrowingCallable> consuming =
          List.of(
              queue::poll,
              queue::remove,
              queue::peek,
              queue::element,
              queue::clear,
              queue::isDrained,
              walk::remove,
              () -> queue.drain(ignored -> {}),
              () -> queue.drain(ignored -> {}, 1),
              () -> queue.remove("mine"),
              () -> queue.removeIf(ignored -> true),
              () -> queue.removeAll(List.of("mine")),
              () -> queue.retainAll(List.of()));

      assertThat(producing)
          .allSatisfy(call ->
              assertThatThrownBy(call)
                  .isInstanceOf(RoleViolationException.class)
                  .hasMessageContaining("single producer"));
      assertThat(consuming)
          .allSatisfy(call ->
              assertThatThrownBy(call)
                  .isInstanceOf(RoleViolationException.class)
                  .hasMessageContaining("single consumer"));
      assertThat(queue).containsExactly("mine");
      assertThat(queue.contains("mine")).isTrue();
      assertThat(queue.toArray()).containsExactly("mine");
      assertThat(queue.size()).isEqualTo(1);
      queue.close();
      assertThat(queue.isClosed()).isTrue();
    }
  }

  @Test
  void a_property_asks_it_of_every_queue_of_a_program() {
    System.setProperty("ballast.queues.check", "true");
    try {
      assertThat(Queues.unbounded().consumers(ONE).build()).isInstanceOf(RoleCheckedQueue.class);
      assertThat(Queues.bounded(4).build()).isInstanceOf(StrictMpmcArrayQueue.class);
    } finally {
      System.clearProperty("ballast.queues.check");
    }
  }

  @Test
  void nothing_is_wrapped_where_nothing_is_checked() {
    assertThat(Queues.unbounded().consumers(ONE).build()).isInstanceOf(MpscUnboundedQueue.class);
    assertThat(Queues.unbounded().checked().build()).isInstanceOf(MpmcUnboundedQueue.class);
  }

  /** A thread that polls once and then stays alive. */
  private static final class Polling implements AutoCloseable {
    private final CountDownLatch polled = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;

    Polling(ConcurrentQueue<String> queue, String name) {
      thread =
          new Thread(
              () -> {
                queue.poll();
                queue.offer("mine");
                polled.countDown();
                try {
                  end.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              name);
      thread.start();
    }

    void awaitPolled() throws InterruptedException {
      polled.await();
    }

    @Override
    public void close() throws InterruptedException {
      end.countDown();
      thread.join();
    }
  }
}
