package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.concurrency.Schedules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A home, its writers and its listeners under many orders; a failure names the one to repeat. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class DirectoryStoreSchedulesTest {
  private static final int SCHEDULES = 40;
  private static final int SERVICES = 3;

  @TempDir private Path parent;

  /** Counts down when the last status is seen. */
  private static final class Listener {
    private final List<Long> versions = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch complete = new CountDownLatch(1);

    void accept(Snapshot snapshot) {
      versions.add(snapshot.version());
      if (snapshot.all(Service.class).stream()
          .allMatch(service -> !service.status().ingress().isEmpty())) {
        complete.countDown();
      }
    }
  }

  @Test
  void every_listener_sees_what_all_writers_wrote_and_never_an_older_version() throws Exception {
    Schedules.explore(
        SCHEDULES,
        1,
        scheduler -> {
          Path directory = Files.createTempDirectory(parent, "objects");
          for (int i = 0; i < SERVICES; i++) {
            Files.writeString(directory.resolve("s" + i + ".yaml"), service(i));
          }
          List<Listener> listeners = List.of(new Listener(), new Listener());
          try (DirectoryStore home =
              DirectoryStore.open(
                  directory,
                  Scheme.of(Service.KIND),
                  scheduler.threadFactory(),
                  Duration.ofMinutes(5))) {
            List<ObjectStore.Subscription> watches = new ArrayList<>();
            for (Listener listener : listeners) {
              watches.add(home.watch(listener::accept));
            }
            for (int i = 0; i < SERVICES; i++) {
              int number = i;
              scheduler.threadFactory().newThread(() -> write(home, number)).start();
            }
            for (Listener listener : listeners) {
              assertThat(listener.complete.await(20, TimeUnit.SECONDS)).isTrue();
            }
            watches.forEach(ObjectStore.Subscription::close);
          }
          for (Listener listener : listeners) {
            assertThat(listener.versions).isSorted().doesNotHaveDuplicates();
          }
        });
  }

  private static void write(DirectoryStore home, int number) {
    WriteResult result =
        home.updateStatus(
            new ObjectKey("Service", "default", "s" + number),
            Map.of(
                "loadBalancer",
                Map.of("ingress", List.of(Map.of("ip", "192.0.2." + (number + 1))))));
    assertThat(result.isWritten()).as(result.why()).isTrue();
  }

  private static String service(int number) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: s%d}
    spec:
      type: LoadBalancer
      ports: [{port: 80}]
    """
        .formatted(number);
  }
}
