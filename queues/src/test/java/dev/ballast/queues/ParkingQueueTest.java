package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(120)
class ParkingQueueTest {
  private static final int ELEMENTS = Boolean.getBoolean("nightly") ? 2_000_000 : 50_000;

  private static <E> ParkingQueue<E> parking(Family member, int size) {
    return new ParkingQueue<>(member.queue(size), 0);
  }

  @ParameterizedTest
  @EnumSource
  void no_wake_up_is_lost_without_any_spinning(Family member) {
    ParkingQueue<Long> queue = parking(member, 2);
    int producers = member.manyProducers() ? 2 : 1;
    int consumers = member.manyConsumers() ? 2 : 1;

    new Traffic(producers, consumers, ELEMENTS / producers)
        .through(queue::put, () -> queue.poll(20, TimeUnit.MILLISECONDS));
  }

  @ParameterizedTest
  @EnumSource
  void takers_get_all_and_then_the_end(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    AtomicLong sum = new AtomicLong();
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int t = 0; t < (member.manyConsumers() ? 3 : 1); t++) {
      takers.add(running(Executors.defaultThreadFactory(), () -> takeUntilClosed(queue, sum)));
    }

    for (int i = 1; i <= 1000; i++) {
      queue.put(i);
    }
    queue.close();

    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(sum.get()).isEqualTo(1000 * 1001 / 2);
    assertThatThrownBy(() -> queue.put(1)).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(queue::take).isInstanceOf(QueueClosedException.class);
    assertThat(queue.poll(1, TimeUnit.DAYS)).isNull();
  }

  private static @org.jspecify.annotations.Nullable Void takeUntilClosed(
      ParkingQueue<Integer> queue, AtomicLong sum) throws InterruptedException {
    while (true) {
      try {
        sum.addAndGet(queue.take());
      } catch (QueueClosedException e) {
        return null;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*ARRAY.*")
  void closing_wakes_a_putter(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 1);
    queue.put(1);
    Thread[] putter = new Thread[1];
    CompletableFuture<Void> putting =
        running(
            task -> putter[0] = new Thread(task),
            () -> {
              queue.put(2);
              return null;
            });
    awaitWaiting(putter[0]);

    queue.close();

    assertThatThrownBy(() -> putting.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
    assertThat(queue.take()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = ".*ARRAY.*")
  void an_interrupted_putter_has_put_nothing(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 1);
    queue.put(1);
    Thread[] putter = new Thread[1];
    CompletableFuture<Void> putting =
        running(
            task -> putter[0] = new Thread(task),
            () -> {
              queue.put(2);
              return null;
            });
    awaitWaiting(putter[0]);

    putter[0].interrupt();

    assertThatThrownBy(() -> putting.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(queue.take()).isEqualTo(1);
    assertThat(queue.poll()).isNull();
  }

  @Test
  void whoever_begins_a_wait_with_an_interruption_does_not_wait() {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 2);
    queue.offer(1);

    Thread.currentThread().interrupt();
    assertThatThrownBy(queue::take).isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> queue.put(2)).isInstanceOf(InterruptedException.class);

    assertThat(queue).containsExactly(1);
  }

  /** Each way in which room can come. */
  enum Room {
    POLL(ParkingQueue::poll),
    DRAIN(queue -> queue.drain(ignored -> {}, 1)),
    DRAIN_TO(queue -> queue.drainTo(new ArrayList<>(), 1)),
    REMOVE(queue -> queue.remove(1)),
    REMOVE_IF(queue -> queue.removeIf(element -> element == 1)),
    REMOVE_IF_THAT_THROWS(queue -> {
      try {
        queue.removeIf(element -> {
          if (element == 1) {
            return true;
          }
          throw new IllegalStateException("refused: " + element);
        });
      } catch (IllegalStateException e) {
        // After the first was removed.
      }
    }),
    RETAIN_ALL(queue -> queue.retainAll(List.of(2))),
    ITERATOR(queue -> {
      Iterator<Integer> walk = queue.iterator();
      walk.next();
      walk.remove();
    }),
    CLEAR(ParkingQueue::clear);

    @SuppressWarnings("ImmutableEnumChecker") // has no state
    final Consumer<ParkingQueue<Integer>> making;

    Room(Consumer<ParkingQueue<Integer>> making) {
      this.making = making;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatever_makes_room_wakes_a_putter(Room room) throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 2);
    queue.put(1);
    queue.put(2);
    Thread[] putter = new Thread[1];
    CompletableFuture<Void> putting =
        running(
            task -> putter[0] = new Thread(task),
            () -> {
              queue.put(3);
              return null;
            });
    awaitWaiting(putter[0]);

    room.making.accept(queue);

    putting.get(60, TimeUnit.SECONDS);
  }

  @Test
  void each_element_that_a_supplier_makes_wakes_a_taker_as_it_comes() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_UNBOUNDED, 2);
    Thread[] taker = new Thread[1];
    CompletableFuture<Integer> taken = new CompletableFuture<>();
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              taken.complete(queue.take());
              return null;
            });
    awaitWaiting(taker[0]);
    AtomicInteger asked = new AtomicInteger();

    int filled =
        queue.fill(
            () -> {
              // The second is made when the first has arrived, and not before.
              return asked.getAndIncrement() == 0 ? 1 : 1 + taken.join();
            },
            2);

    taking.get(60, TimeUnit.SECONDS);
    assertThat(filled).isEqualTo(2);
    assertThat(queue).containsExactly(2);
  }

  /**
   * An offer that had drawn its place when the queue was closed lets a taker wait for it; when it
   * is refused in the end, the taker must hear of it, also where it came by {@code fill}.
   */
  @Test
  void a_taker_that_waits_for_an_offer_in_flight_hears_that_it_was_refused() throws Exception {
    InFlight inFlight = new InFlight();
    ParkingQueue<Integer> queue = new ParkingQueue<>(inFlight, 0);
    for (boolean filling : new boolean[] {false, true}) {
      inFlight.begin();
      queue.close();
      Thread[] taker = new Thread[1];
      CompletableFuture<Void> taking =
          running(
              task -> taker[0] = new Thread(task),
              () -> {
                queue.take();
                return null;
              });
      awaitWaiting(taker[0]);

      if (filling) {
        assertThat(queue.fill(() -> 1, 1, ignored -> {})).isZero();
      } else {
        assertThat(queue.offer(1)).isFalse();
      }

      assertThatThrownBy(() -> taking.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QueueClosedException.class);
    }
  }

  /** A closed queue that is not drained until the offer that is in flight was refused. */
  private static final class InFlight extends ForwardingQueue<Integer> {
    private volatile boolean ended;

    InFlight() {
      super(new MpscUnboundedQueue<>(2, 0));
    }

    void begin() {
      ended = false;
    }

    @Override
    public boolean offer(Integer element) {
      boolean accepted = super.offer(element);
      ended = true;
      return accepted;
    }

    @Override
    public int remainingCapacity() {
      // As of the queue inside when it was open at the beginning.
      return 1;
    }

    @Override
    public boolean isDrained() {
      return ended && super.isDrained();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nulls_are_refused_as_in_the_jdk(Family member) {
    ParkingQueue<Integer> queue = parking(member, 2);

    assertThatThrownBy(() -> queue.put(nothing())).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.offer(nothing(), 1, TimeUnit.DAYS))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> queue.drainTo(nothing())).isInstanceOf(NullPointerException.class);
    assertThat(queue.poll()).isNull();
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what a caller must not do
  private static <T> T nothing() {
    return null;
  }

  @Test
  void a_waiting_taker_is_parked_and_not_running() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_UNBOUNDED, 16);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              assertThat(queue.take()).isEqualTo(7);
              return null;
            });

    awaitWaiting(taker[0]);
    queue.put(7);

    taking.get(60, TimeUnit.SECONDS);
  }

  @Test
  void more_virtual_threads_than_carriers_can_wait() throws Exception {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 2);
    AtomicLong sum = new AtomicLong();
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int t = 0; t < 500; t++) {
      takers.add(running(VirtualThreads.factory(), () -> takeUntilClosed(queue, sum)));
    }

    CompletableFuture<Void> putting =
        running(
            VirtualThreads.factory(),
            () -> {
              for (int i = 1; i <= 10_000; i++) {
                queue.put(i);
              }
              queue.close();
              return null;
            });

    putting.get(60, TimeUnit.SECONDS);
    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(sum.get()).isEqualTo(10_000L * 10_001 / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"MPMC_ARRAY_STRICT", "MPMC_ARRAY_RELAXED", "MPMC_UNBOUNDED", "MPMC_LINKED"})
  void interruptions_lose_no_element(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    int elements = ELEMENTS / 5;
    AtomicInteger taken = new AtomicInteger();
    AtomicInteger interruptions = new AtomicInteger();
    AtomicLong sum = new AtomicLong();
    Callable<Void> taking =
        () -> {
          while (true) {
            try {
              sum.addAndGet(queue.take());
              taken.incrementAndGet();
            } catch (InterruptedException e) {
              interruptions.incrementAndGet();
            } catch (QueueClosedException e) {
              return null;
            }
          }
        };
    Thread[] victims = new Thread[2];
    List<CompletableFuture<Void>> takers = new ArrayList<>();
    for (int v = 0; v < victims.length; v++) {
      int place = v;
      takers.add(running(task -> victims[place] = new Thread(task), taking));
    }
    CompletableFuture<Void> putting =
        running(
            Executors.defaultThreadFactory(),
            () -> {
              for (int i = 1; i <= elements; i++) {
                queue.put(i);
              }
              return null;
            });

    for (int i = 0; !putting.isDone() || interruptions.get() == 0; i++) {
      victims[i % victims.length].interrupt();
      Thread.onSpinWait();
    }
    queue.close();

    for (CompletableFuture<Void> taker : takers) {
      taker.get(60, TimeUnit.SECONDS);
    }
    assertThat(taken.get()).isEqualTo(elements);
    assertThat(sum.get()).isEqualTo((long) elements * (elements + 1) / 2);
  }

  @ParameterizedTest
  @EnumSource
  void an_interrupted_taker_leaves_the_element_to_the_next(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              queue.take();
              return null;
            });
    awaitWaiting(taker[0]);

    taker[0].interrupt();

    assertThatThrownBy(() -> taking.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    queue.put(1);
    assertThat(queue.poll(60, TimeUnit.SECONDS)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void closing_wakes_a_taker(Family member) throws Exception {
    ParkingQueue<Integer> queue = parking(member, 2);
    Thread[] taker = new Thread[1];
    CompletableFuture<Void> taking =
        running(
            task -> taker[0] = new Thread(task),
            () -> {
              queue.take();
              return null;
            });
    awaitWaiting(taker[0]);

    queue.close();

    assertThatThrownBy(() -> taking.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(QueueClosedException.class);
  }

  @ParameterizedTest
  @EnumSource
  void a_timed_wait_ends(Family member) throws InterruptedException {
    ParkingQueue<Integer> queue = parking(member, 1);

    assertThat(queue.poll(1, TimeUnit.MILLISECONDS)).isNull();
    assertThat(queue.offer(1, 1, TimeUnit.MILLISECONDS)).isTrue();
    if (member.bounded()) {
      while (queue.remainingCapacity() > 0) {
        queue.put(2);
      }
      assertThat(queue.offer(2, 1, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(queue.poll(0, TimeUnit.MILLISECONDS)).isEqualTo(1);
  }

  @Test
  void drains_into_collections_as_blocking_queues_do() {
    ParkingQueue<Integer> queue = parking(Family.MPMC_ARRAY_STRICT, 4);
    queue.addAll(List.of(1, 2, 3));
    List<Integer> to = new ArrayList<>();

    assertThat(queue.remainingCapacity()).isEqualTo(1);
    assertThat(queue.drainTo(to, 2)).isEqualTo(2);
    assertThat(queue.drainTo(to)).isEqualTo(1);
    assertThat(to).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> queue.drainTo(queue)).isInstanceOf(IllegalArgumentException.class);
  }

  private static CompletableFuture<Void> running(ThreadFactory threads, Callable<Void> work) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    threads
        .newThread(() -> {
          try {
            work.call();
            end.complete(null);
          } catch (Throwable e) {
            end.completeExceptionally(e);
          }
        })
        .start();
    return end;
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }
}
