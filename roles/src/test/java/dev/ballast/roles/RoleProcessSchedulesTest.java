package dev.ballast.roles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.concurrency.Schedules;
import dev.ballast.roles.admin.AdminHandlers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** Roles in one process under many orders of their tasks; a failure names the one to repeat. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class RoleProcessSchedulesTest {
  private static final int SCHEDULES = 200;

  /** Works until it is stopped, or crashes by itself. */
  private static final class Working implements Role {
    private final String name;
    private final boolean crashes;
    private final List<String> told;
    private final CountDownLatch stop = new CountDownLatch(1);
    private @Nullable Thread work;

    Working(String name, boolean crashes, List<String> told) {
      this.name = name;
      this.crashes = crashes;
      this.told = told;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start(RoleContext context) {
      work =
          context.go(
              name,
              () -> {
                if (crashes) {
                  throw new IllegalStateException("crash of " + name);
                }
                stop.await();
                told.add("ended " + name);
              });
    }

    @Override
    public List<HealthCheck> health() {
      return List.of();
    }

    @Override
    public void close() {
      stop.countDown();
      try {
        if (work != null) {
          work.join();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      told.add("stopped " + name);
    }
  }

  @Test
  void of_two_that_crash_the_first_is_told_and_all_are_stopped_in_the_opposite_order()
      throws Exception {
    Schedules.explore(
        SCHEDULES,
        1,
        scheduler -> {
          List<String> told = Collections.synchronizedList(new ArrayList<>());
          List<Role> roles =
              List.of(
                  new Working("a", true, told),
                  new Working("b", false, told),
                  new Working("c", true, told));
          RoleProcess.Crash crash;
          try (RoleProcess process =
              new RoleProcess(
                  roles,
                  scheduler.threadFactory(),
                  new PrometheusRegistry(),
                  new AdminHandlers(),
                  Duration.ofSeconds(20))) {
            process.start();
            crash = process.awaitCrash();
            Thread health =
                scheduler
                    .threadFactory()
                    .newThread(() ->
                        assertThat(process.health().getFirst().reason())
                            .contains("role " + crash.role() + " crashed"));
            health.start();
            health.join();
            assertThat(process.awaitCrash()).isSameAs(crash);
          }
          assertThat(crash.role()).isIn("a", "c");
          assertThat(crash.cause()).hasMessage("crash of " + crash.role());
          assertThat(told).containsExactly("stopped c", "ended b", "stopped b", "stopped a");
        });
  }
}
