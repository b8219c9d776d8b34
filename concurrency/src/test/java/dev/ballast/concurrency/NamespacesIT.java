package dev.ballast.concurrency;

import static dev.ballast.concurrency.Tasks.SOON;
import static dev.ballast.concurrency.Tasks.await;
import static dev.ballast.concurrency.Tasks.body;
import static dev.ballast.concurrency.Tasks.ended;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks in namespaces of their own; the kernel says in {@code /proc} who is where. */
@Timeout(120)
@DisplayNameGeneration(ReplaceUnderscores.class)
class NamespacesIT {
  private static final int LOCKED = 8;
  private static final Set<String> KINDS = Set.of("net", "uts", "mnt");
  private static final Path THREADS = Path.of("/proc/self/task");

  /** The namespaces of an OS thread, as {@code net:[4026531840]} by their kinds. */
  private static Map<String, String> ofThread(Path thread) throws IOException {
    Map<String, String> seen = new HashMap<>();
    for (String kind : KINDS) {
      seen.put(kind, Files.readSymbolicLink(thread.resolve("ns").resolve(kind)).toString());
    }
    return seen;
  }

  private static Set<String> elsewhere(Map<String, String> home) throws IOException {
    try (Stream<Path> threads = Files.list(THREADS)) {
      return threads
          .filter(thread -> {
            try {
              return !ofThread(thread).equals(home);
            } catch (IOException e) {
              return false; // It has ended meanwhile.
            }
          })
          .map(thread -> thread.getFileName().toString())
          .collect(Collectors.toSet());
    }
  }

  private static void intoNewNamespaces() {
    CurrentThread.allowingVirtual(
        () -> Namespace.unshare(NamespaceKind.NET, NamespaceKind.UTS, NamespaceKind.MOUNT));
  }

  @BeforeEach
  void mayMakeNamespaces() throws IOException {
    String capabilities =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("CapEff:"))
            .findFirst()
            .orElseThrow();
    boolean may = (Long.parseLong(capabilities.substring(7).strip(), 16) >> 21 & 1) == 1;
    Assumptions.assumeTrue(may, "needs root to make namespaces");
  }

  @Test
  void each_wired_task_is_alone_in_its_namespaces_and_takes_them_with_it() throws Exception {
    Map<String, String> home = ofThread(Path.of("/proc/self"));
    Map<String, Map<String, String>> seenInside = new ConcurrentHashMap<>();
    List<Map<String, String>> seenByOthers = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch inside = new CountDownLatch(LOCKED);
    CountDownLatch gate = new CountDownLatch(1);
    try (Scheduler scheduler = Scheduler.start("namespaces", 2)) {
      List<Task> locked = new ArrayList<>();
      try {
        for (int i = 0; i < LOCKED; i++) {
          locked.add(
              scheduler.go(
                  "wired-" + i,
                  body(() -> {
                    Task.lockOSThread();
                    intoNewNamespaces();
                    seenInside.put(
                        Integer.toString(CurrentThread.tid()),
                        ofThread(Path.of("/proc/thread-self")));
                    inside.countDown();
                    gate.await();
                  })));
        }
        inside.await();
        for (int i = 0; i < 500; i++) {
          scheduler.go(
              body(() -> {
                Thread.yield();
                seenByOthers.add(ofThread(Path.of("/proc/thread-self")));
              }));
        }
        await("the others have looked", () -> seenByOthers.size() == 500);

        assertThat(seenByOthers).allMatch(home::equals);
        assertThat(seenInside).as("an OS thread each").hasSize(LOCKED);
        for (Map.Entry<String, Map<String, String>> each : seenInside.entrySet()) {
          assertThat(ofThread(THREADS.resolve(each.getKey()))).isEqualTo(each.getValue());
        }
        for (String kind : KINDS) {
          Set<String> inodes = new HashSet<>(Set.of(String.valueOf(home.get(kind))));
          seenInside.values().forEach(namespaces -> inodes.add(namespaces.get(kind)));
          assertThat(inodes).as("none shared: %s", kind).hasSize(LOCKED + 1);
        }
        assertThat(elsewhere(home)).isEqualTo(seenInside.keySet());
      } finally {
        gate.countDown();
      }
      for (Task task : locked) {
        ended(task);
      }
      await("no OS thread is left in a namespace of theirs", () -> nobodyElsewhere(home));
    }
  }

  private static boolean nobodyElsewhere(Map<String, String> home) {
    try {
      return elsewhere(home).isEmpty();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** setns there and back, again and again, beside tasks that look where they are. */
  @Test
  void wired_tasks_that_come_home_leave_a_clean_thread() throws Exception {
    Map<String, String> home = ofThread(Path.of("/proc/self"));
    Set<Map<String, String>> seenByOthers = ConcurrentHashMap.newKeySet();
    AtomicBoolean stop = new AtomicBoolean();
    try (Scheduler scheduler = Scheduler.start("namespaces", 2);
        OsThread other = scheduler.openOsThread("elsewhere");
        Namespace net = Namespace.current(NamespaceKind.NET);
        Namespace uts = Namespace.current(NamespaceKind.UTS)) {
      List<Task> observers = new ArrayList<>();
      List<Task> travellers = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) {
          observers.add(
              scheduler.go(
                  body(() -> {
                    while (!stop.get()) {
                      seenByOthers.add(ofThread(Path.of("/proc/thread-self")));
                      Thread.yield();
                    }
                  })));
        }
        CompletableFuture<Map<String, String>> arrived = new CompletableFuture<>();
        other.go(
            "settler",
            body(() -> {
              CurrentThread.allowingVirtual(
                  () -> Namespace.unshare(NamespaceKind.NET, NamespaceKind.UTS));
              arrived.complete(ofThread(Path.of("/proc/thread-self")));
            }));
        Map<String, String> there = arrived.get(10, TimeUnit.SECONDS);
        assertThat(there).isNotEqualTo(home);
        for (int i = 0; i < 4; i++) {
          travellers.add(
              scheduler.go(
                  body(() -> {
                    for (int n = 0; n < 50; n++) {
                      Task.lockOSThread();
                      CurrentThread.allowingVirtual(
                          () -> Namespace.unshare(NamespaceKind.NET, NamespaceKind.UTS));
                      Map<String, String> away = ofThread(Path.of("/proc/thread-self"));
                      Thread.yield();
                      assertThat(ofThread(Path.of("/proc/thread-self"))).isEqualTo(away);
                      assertThat(away).isNotEqualTo(home).isNotEqualTo(there);
                      CurrentThread.allowingVirtual(() -> {
                        net.enter();
                        uts.enter();
                      });
                      Task.unlockOSThread();
                      assertThat(other.call(() -> ofThread(Path.of("/proc/thread-self"))))
                          .isEqualTo(there);
                    }
                  })));
        }
        for (Task each : travellers) {
          assertThat(each.join(SOON.multipliedBy(6))).as("%s has ended", each).isTrue();
        }
      } finally {
        stop.set(true);
      }
      for (Task each : observers) {
        ended(each);
      }
      assertThat(seenByOthers).containsExactly(home);
    }
    await("all is at home", () -> nobodyElsewhere(home));
  }
}
