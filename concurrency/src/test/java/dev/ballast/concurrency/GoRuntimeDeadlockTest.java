package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.await;
import static dev.ballast.concurrency.Tasks.awaitWait;
import static dev.ballast.concurrency.Tasks.body;
import static dev.ballast.concurrency.Tasks.ended;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.concurrency.Blocked.Kind;
import dev.ballast.concurrency.Deadlocks.Report;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Go's {@code crash_test.go} asks of "all goroutines are asleep", and the graph beside it. */
@Timeout(60)
class GoRuntimeDeadlockTest {
  /** Go knows of every thread; here one that is no task may unpark whom no lock names. */
  private static final String ASLEEP =
      "all tasks are asleep - only threads outside of the scheduler can wake them\n";

  private final AtomicBoolean stop = new AtomicBoolean();
  private final Scheduler scheduler = Scheduler.start("deadlock", 2);

  @AfterEach
  void end() {
    stop.set(true);
    scheduler.tasks().forEach(task -> task.thread().interrupt());
    scheduler.close();
  }

  private static void forEver() {
    while (!Thread.currentThread().isInterrupted()) {
      LockSupport.park();
    }
  }

  private Report told() throws Exception {
    CompletableFuture<Report> told = new CompletableFuture<>();
    Deadlocks.watch(scheduler, told::complete);
    return told.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  /** TestSimpleDeadlock. */
  @Test
  void simpleDeadlock() throws Exception {
    Task unused = scheduler.go("main", GoRuntimeDeadlockTest::forEver);
    Report report = told();
    assertThat(report.text()).startsWith(ASLEEP).contains("task 1 \"main\" [park");
    assertThat(report.cycles()).isEmpty();
  }

  /** TestLockedDeadlock: the one that sleeps is wired to its thread. */
  @Test
  void lockedDeadlock() throws Exception {
    Task unused =
        scheduler.go(() -> {
          Task.lockOSThread();
          forEver();
        });
    assertThat(told().text()).startsWith(ASLEEP).contains("locked to deadlock-carrier-");
  }

  /** TestLockedDeadlock2: one of two. */
  @Test
  void lockedDeadlock2() throws Exception {
    Task unused =
        scheduler.go(() -> {
          scheduler.go(() -> {
            Task.lockOSThread();
            forEver();
          });
          forEver();
        });
    assertThat(told().asleep()).hasSize(2);
  }

  /** TestGoexitDeadlock: the first task has ended, the others sleep. */
  @Test
  void goexitDeadlock() throws Exception {
    Task main =
        scheduler.go(() -> {
          scheduler.go("left", GoRuntimeDeadlockTest::forEver);
        });
    ended(main);
    assertThat(told().text()).startsWith(ASLEEP).contains("\"left\"").contains("created by task 1");
  }

  /**
   * TestNetpollDeadlock's other side: who waits for time or for somebody outside is no deadlock.
   */
  @Test
  void whoCanBeWokenIsNotAsleep() throws Exception {
    Task sleeper =
        scheduler.go(() -> {
          try {
            Thread.sleep(SOON);
          } catch (InterruptedException e) {
            // The end of this test.
          }
        });
    Task unused = scheduler.go(GoRuntimeDeadlockTest::forEver);
    awaitWait(sleeper, Kind.SLEEP);
    assertThat(Deadlocks.detect(scheduler).isEmpty()).isTrue();

    ReentrantLock mine = new ReentrantLock();
    mine.lock();
    Task waits = scheduler.go(body(mine::lockInterruptibly));
    awaitWait(waits, Kind.PARK);
    sleeper.thread().interrupt();
    ended(sleeper);
    assertThat(Deadlocks.detect(scheduler).isEmpty()).isTrue();

    Task enters;
    synchronized (this) {
      mine.unlock();
      ended(waits);
      enters =
          scheduler.go(() -> {
            synchronized (this) {
              Thread.onSpinWait();
            }
          });
      awaitWait(enters, Kind.MONITOR);
      assertThat(Deadlocks.detect(scheduler).isEmpty()).isTrue();
    }
    ended(enters);
  }

  /** A monitor, a lock and a join in one circle, beside a task that works. */
  @Test
  void namesTheCircle() throws Exception {
    Object monitor = new Object();
    ReentrantLock lock = new ReentrantLock();
    CountDownLatch ready = new CountDownLatch(2);
    final Task works =
        scheduler.go(() -> {
          while (!stop.get()) {
            Thread.onSpinWait();
          }
        });
    Task[] circle = new Task[3];
    CountDownLatch go = new CountDownLatch(1);
    circle[0] =
        scheduler.go(
            body(() -> {
              synchronized (monitor) {
                ready.countDown();
                go.await();
                ready.await();
                lockOrGiveUp(lock);
              }
            }));
    circle[1] =
        scheduler.go(
            body(() -> {
              lock.lock();
              try {
                ready.countDown();
                go.await();
                circle[2].join();
              } catch (InterruptedException e) {
                // The end of this test.
              } finally {
                lock.unlock();
              }
            }));
    circle[2] =
        scheduler.go(
            body(() -> {
              go.await();
              ready.await();
              synchronized (monitor) {
                Thread.onSpinWait();
              }
            }));
    go.countDown();
    awaitWait(circle[0], Kind.PARK);
    awaitWait(circle[1], Kind.JOIN);
    awaitWait(circle[2], Kind.MONITOR);
    await("a cycle", () -> !detect().cycles().isEmpty());

    Report report = detect();
    assertThat(report.asleep()).isEmpty();
    assertThat(report.cycles())
        .singleElement()
        .satisfies(cycle ->
            assertThat(cycle)
                .extracting(wait -> wait.task().orElseThrow().id())
                .containsExactlyInAnyOrderElementsOf(
                    List.of(circle[0].id(), circle[1].id(), circle[2].id())));
    assertThat(report.text())
        .contains("3 tasks wait for each other")
        .contains("waits for task " + circle[1].id() + ": park on")
        .contains("waits for task " + circle[2].id() + ": join on task")
        .contains("waits for task " + circle[0].id() + ": monitor enter on java.lang.Object");

    // Not for ever: whoever gives up breaks it.
    circle[1].thread().interrupt();
    for (Task task : circle) {
      ended(task);
    }
    assertThat(detect().isEmpty()).isTrue();
    stop.set(true);
    ended(works);
  }

  /** Two locks in two orders, by a task and a thread that is none. */
  @Test
  void aCircleThroughAPlatformThreadIsFound() throws Exception {
    ReentrantLock ofTask = new ReentrantLock();
    ReentrantLock ofThread = new ReentrantLock();
    CountDownLatch both = new CountDownLatch(2);
    Task task = scheduler.go(body(() -> takeInOrder(ofTask, both, ofThread)));
    Thread thread =
        Thread.ofPlatform().name("outside").start(body(() -> takeInOrder(ofThread, both, ofTask)));
    await("a cycle", () -> !detect().cycles().isEmpty());
    assertThat(detect().text())
        .contains("2 tasks and threads wait for each other")
        .contains("task 1 \"deadlock-task\" waits for thread \"outside\": park on")
        .contains("thread \"outside\" waits for task 1: park on")
        .contains("thread \"outside\" [WAITING]");
    thread.interrupt();
    thread.join();
    ended(task);
    assertThat(detect().isEmpty()).isTrue();
  }

  /** The same with monitors, which the JVM alone knows. */
  @Test
  void aCircleOfMonitorsThroughAPlatformThreadIsFound() throws Exception {
    Object ofTask = new Object();
    Object ofThread = new Object();
    CountDownLatch both = new CountDownLatch(2);
    AtomicBoolean giveUp = new AtomicBoolean();
    Task task =
        scheduler.go(
            body(() -> {
              synchronized (ofTask) {
                both.countDown();
                both.await();
                while (!giveUp.get()) {
                  synchronized (ofThread) {
                    Thread.onSpinWait();
                  }
                  ofTask.wait(1);
                }
              }
            }));
    Thread thread =
        Thread.ofPlatform()
            .name("outside")
            .start(
                body(() -> {
                  synchronized (ofThread) {
                    both.countDown();
                    both.await();
                    // It can be ended: a task that waits for its end is interrupted.
                    task.join();
                  }
                }));
    try {
      await("a cycle", () -> !detect().cycles().isEmpty());
      assertThat(detect().text())
          .contains("waits for thread \"outside\": monitor enter on java.lang.Object")
          .contains("thread \"outside\" waits for task 1: park");
    } finally {
      giveUp.set(true);
      thread.interrupt();
    }
    thread.join();
    ended(task);
  }

  /** Who suspends the first in line for a lock, and then stands in line, waits for itself. */
  @Test
  void aSuspendedFirstInLineIsFound() throws Exception {
    ReentrantLock lock = new ReentrantLock(true);
    lock.lock();
    Task first = scheduler.go("first", body(lock::lockInterruptibly));
    awaitWait(first, Kind.PARK);
    Task second =
        scheduler.go(
            "second",
            body(() -> {
              try (Suspension _ = first.suspend(SOON)) {
                lock.lockInterruptibly();
              } catch (InterruptedException e) {
                // The end of this test.
              }
            }));
    awaitWait(second, Kind.PARK);
    lock.unlock();
    await("a cycle", () -> !detect().cycles().isEmpty());
    assertThat(detect().text())
        .contains("2 tasks wait for each other")
        .contains("task 2 \"second\" waits for task 1: park on")
        .contains("task 1 \"first\" waits for task 2: suspended by task 2");
    second.thread().interrupt();
    ended(second);
    ended(first);
  }

  /** Nobody sees who will complete it. */
  @Test
  void whoWaitsForAnExecutorOutsideIsNotSaidToBeDeadlocked() throws Exception {
    CompletableFuture<String> outside = new CompletableFuture<>();
    Task task = scheduler.go(body(outside::get));
    awaitWait(task, Kind.PARK);
    Report report = detect();
    assertThat(report.cycles()).isEmpty();
    assertThat(report.text()).startsWith(ASLEEP).doesNotContain("deadlock!");
    outside.complete("done");
    ended(task);
  }

  private static void takeInOrder(ReentrantLock one, CountDownLatch both, ReentrantLock other)
      throws InterruptedException {
    one.lock();
    try {
      both.countDown();
      both.await();
      other.lockInterruptibly();
      other.unlock();
    } catch (InterruptedException e) {
      // The end of the test.
    } finally {
      one.unlock();
    }
  }

  private static void lockOrGiveUp(ReentrantLock lock) {
    lock.lock();
    lock.unlock();
  }

  private Report detect() {
    try {
      return Deadlocks.detect(scheduler);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
