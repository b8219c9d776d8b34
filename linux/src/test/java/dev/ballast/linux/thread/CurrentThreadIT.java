package dev.ballast.linux.thread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.Root;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CurrentThreadIT {
  @Test
  void changes_what_the_kernel_tells_of_this_thread_and_of_no_other() {
    Root.require();
    ThreadFacts before = ThreadFacts.current();

    ThreadFacts spoilt =
        Root.onThread(() -> {
          CurrentThread.unshareFileSystemState();
          Namespace.unshare(NamespaceKind.UTS);
          CurrentThread.umask(0027);
          CurrentThread.chdir(Path.of("/proc"));
          CurrentThread.forbidNewPrivileges();
          CurrentThread.name("a name that is too long");
          return ThreadFacts.current();
        });

    assertThat(spoilt.name()).isEqualTo("a name that is");
    assertThat(spoilt.inherited().umask()).isEqualTo("0027");
    assertThat(spoilt.inherited().workingDirectory()).isEqualTo("/proc");
    assertThat(spoilt.inherited().noNewPrivileges()).isTrue();
    assertThat(spoilt.inherited().namespaces().get(NamespaceKind.UTS))
        .isNotEqualTo(before.inherited().namespaces().get(NamespaceKind.UTS));
    assertThat(ThreadFacts.current().inherited()).isEqualTo(before.inherited());
  }

  @Test
  void schedules_one_thread_in_real_time_on_one_processor() {
    Root.require();
    Root.requireOutermost();
    BitSet first = new BitSet();
    first.set(0);

    CurrentThread.Scheduling policy =
        Root.onThread(() -> {
          CurrentThread.affinity(first);
          CurrentThread.scheduling(CurrentThread.Scheduling.ROUND_ROBIN, 10);
          assertThat(CurrentThread.affinity()).isEqualTo(first);
          return CurrentThread.scheduling();
        });

    assertThat(policy).isEqualTo(CurrentThread.Scheduling.ROUND_ROBIN);
    assertThat(CurrentThread.scheduling()).isEqualTo(CurrentThread.Scheduling.OTHER);
  }

  @Test
  void an_ended_thread_has_no_facts() {
    int tid = Root.onThread(CurrentThread::tid);

    // The kernel removes the entry a moment after join returned.
    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (ThreadFacts.of(tid).isPresent()) {
      assertThat(System.nanoTime()).as("thread %s is there still", tid).isLessThan(until);
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(CurrentThread.signal(tid, 0)).isFalse();
  }
}
