package dev.ballast.roles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.roles.HealthCheck.Scope;
import dev.ballast.roles.admin.AdminHandlers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RoleProcessTest {
  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

  private class Recorded implements Role {
    private final String name;
    private final RoleContext.Body work;

    Recorded(String name, RoleContext.Body work) {
      this.name = name;
      this.work = work;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start(RoleContext context) throws Exception {
      seen.add("start " + name);
      work.run();
    }

    @Override
    public List<HealthCheck> health() {
      return List.of(HealthCheck.well("work", Scope.READY, "it works"));
    }

    @Override
    public void close() {
      seen.add("close " + name);
    }
  }

  private static RoleProcess process(Role... roles) {
    return new RoleProcess(
        List.of(roles),
        Thread.ofVirtual().factory(),
        new PrometheusRegistry(),
        new AdminHandlers(),
        Duration.ofSeconds(5));
  }

  @Test
  void starts_in_order_and_stops_in_the_opposite_one() throws Exception {
    try (RoleProcess process = process(new Recorded("a", () -> {}), new Recorded("b", () -> {}))) {
      process.start();
    }

    assertThat(seen).containsExactly("start a", "start b", "close b", "close a");
  }

  @Test
  void one_that_can_not_start_stops_those_before_it() {
    RoleProcess process =
        process(
            new Recorded("a", () -> {}),
            new Recorded(
                "b",
                () -> {
                  throw new IllegalStateException("no");
                }));

    assertThatThrownBy(process::start).hasMessage("no");
    assertThat(seen).containsExactly("start a", "start b", "close a");
  }

  @Test
  void a_crash_is_told_with_its_role_and_shows_in_health() throws Exception {
    CountDownLatch begin = new CountDownLatch(1);
    Role role =
        new Recorded("a", () -> {}) {
          @Override
          public void start(RoleContext context) {
            context.go(
                "work",
                () -> {
                  begin.await();
                  throw new IllegalStateException("broken");
                });
          }
        };
    try (RoleProcess process = process(role)) {
      process.start();
      assertThat(process.health()).allMatch(HealthCheck::well);

      begin.countDown();
      RoleProcess.Crash crash = process.awaitCrash();

      assertThat(crash.role()).isEqualTo("a");
      assertThat(crash.cause()).hasMessage("broken");
      assertThat(process.health())
          .filteredOn(check -> !check.well())
          .singleElement()
          .satisfies(check -> assertThat(check.reason()).contains("role a crashed"));
    }
  }

  @Test
  void a_stop_that_comes_while_it_starts_leaves_nothing_running() throws Exception {
    AtomicReference<RoleProcess> own = new AtomicReference<>();
    RoleProcess process =
        process(
            new Recorded("a", () -> {}),
            new Recorded("b", () -> own.get().close()),
            new Recorded("c", () -> {}));
    own.set(process);

    process.start();
    process.close();

    assertThat(seen).containsExactly("start a", "start b", "close a", "close b");
  }

  @Test
  void one_who_is_interrupted_still_waits_until_all_have_stopped() throws Exception {
    RoleProcess process = process(new Recorded("a", () -> {}), new Recorded("b", () -> {}));
    process.start();

    Thread.currentThread().interrupt();
    process.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(seen).containsExactly("start a", "start b", "close b", "close a");
  }

  @Test
  void an_error_on_a_thread_that_a_part_made_itself_is_the_crash_of_its_role() throws Exception {
    Role role =
        new Recorded("a", () -> {}) {
          @Override
          public void start(RoleContext context) {
            context
                .watchedTasks()
                .newThread(() -> {
                  throw new StackOverflowError("too deep");
                })
                .start();
          }
        };
    try (RoleProcess process = process(role)) {
      process.start();

      assertThat(process.awaitCrash().cause()).hasMessage("too deep");
    }
  }
}
