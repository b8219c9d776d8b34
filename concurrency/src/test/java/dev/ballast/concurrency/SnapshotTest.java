package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
@Timeout(30)
class SnapshotTest {
  private static final class Secret {
    @Override
    public String toString() {
      throw new AssertionError("a dump calls no code of the objects that it finds");
    }
  }

  private static void waitHolding(Secret secret, CountDownLatch ready, AtomicBoolean stop) {
    ready.countDown();
    while (!stop.get()) {
      LockSupport.park(secret);
    }
  }

  private static void spin(CountDownLatch ready, AtomicBoolean stop) {
    ready.countDown();
    while (!stop.get()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void text_and_json_tell_state_reason_frames_roots_and_maker() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch ready = new CountDownLatch(1);
    Secret secret = new Secret();
    try (Scheduler scheduler = Scheduler.start("dump", 1)) {
      CountDownLatch made = new CountDownLatch(1);
      Task[] child = new Task[1];
      Task parent =
          scheduler.go(
              "a \"parent\"",
              () -> {
                child[0] = scheduler.go("child", () -> waitHolding(secret, ready, stop));
                made.countDown();
                waitHolding(secret, new CountDownLatch(1), stop);
              });
      made.await();
      ready.await();
      while (child[0].state() != TaskState.WAITING || parent.state() != TaskState.WAITING) {
        Thread.onSpinWait();
      }

      try (Snapshot snapshot = scheduler.snapshot(List.of(parent, child[0]), SOON)) {
        assertThat(snapshot.text())
            .containsPattern(
                "task %d \"child\" \\[waiting, parked on SnapshotTest\\$Secret, \\d+ ms\\]:\n"
                    .formatted(child[0].id()))
            .contains("\tat dev.ballast.concurrency.SnapshotTest.waitHolding(")
            .contains("created by task " + parent.id() + " \"a \"parent\"\"");
        String identity =
            Secret.class.getName() + "@" + Integer.toHexString(System.identityHashCode(secret));
        assertThat(snapshot.json())
            .startsWith("{\"threadDump\":{\"processId\":\"" + ProcessHandle.current().pid())
            .contains("\"name\":\"a \\\"parent\\\"\"", "\"parkBlocker\":{\"object\":\"" + identity)
            .contains("\"createdBy\":" + parent.id(), "\"references\":[\"")
            .contains(identity);
      } finally {
        stop.set(true);
        LockSupport.unpark(child[0].thread());
        LockSupport.unpark(parent.thread());
      }
    }
  }

  @Test
  void a_task_that_runs_is_told_as_mounted_and_nothing_it_holds() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch ready = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("dump", 1)) {
      Task busy = scheduler.go("busy", () -> spin(ready, stop));
      ready.await();

      try (Snapshot snapshot = scheduler.snapshot(List.of(busy), SOON)) {
        Suspension of = snapshot.suspensions().getFirst();
        assertThat(of.mounted()).isTrue();
        assertThat(of.frames()).anyMatch(f -> f.at().getMethodName().equals("spin"));
        assertThatThrownBy(of::roots).hasMessage("unavailable: mounted");
        assertThatThrownBy(of::monitors).hasMessage("unavailable: mounted");
        assertThat(of.frames()).allMatch(f -> f.unavailable().orElse("").equals("mounted"));
        assertThat(snapshot.text()).contains("\"busy\" [running, ", "unavailable: mounted");
        // The JVM has stopped it, in a system call that is none of its own.
        Tasks.await("it stands", () -> Kernel.waits(busy.carrier.tid));
        assertThat(TaskInfo.of(busy).waitReason()).isEmpty();
        assertThat(snapshot.json()).contains("\"references\":\"unavailable: mounted\"");
      } finally {
        stop.set(true);
      }
      busy.join();
    }
  }

  @Test
  void a_task_that_a_system_call_keeps_is_told_from_one_that_computes(@TempDir Path directory)
      throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch ready = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("kernel", 2)) {
      // Opening waits until somebody writes.
      Task reader =
          scheduler.go("reader", Tasks.body(() -> new FileInputStream(pipe.toFile()).close()));
      Task computing = scheduler.go("computing", () -> spin(ready, stop));
      ready.await();
      try {
        Tasks.await(
            "the reader is in the kernel",
            () ->
                isIn(reader, "open0") && TaskInfo.of(reader).waitReason().equals("in the kernel"));

        assertThat(reader.state()).isEqualTo(TaskState.RUNNING);
        assertThat(TaskInfo.of(computing).waitReason()).isEmpty();
        try (Snapshot snapshot = scheduler.snapshot(List.of(reader), SOON)) {
          assertThat(snapshot.text()).contains("\"reader\" [running, in the kernel, ");
        }
      } finally {
        new FileOutputStream(pipe.toFile()).close();
        stop.set(true);
      }
      Tasks.ended(reader);
    }
  }

  private static boolean isIn(Task task, String method) {
    StackTraceElement[] frames = task.thread().getStackTrace();
    return frames.length > 0 && frames[0].getMethodName().equals(method);
  }
}
