package dev.ballast.loadbalancer.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Allocations;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.allocation.Decision.Because;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import dev.ballast.loadbalancer.allocation.Notice;
import dev.ballast.loadbalancer.allocation.PoolUse;
import dev.ballast.loadbalancer.allocation.ServiceName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ReconciliationTest {
  private static final ServiceName WEB = ServiceName.parse("web");
  private static final ServiceName OLD = ServiceName.parse("old");
  private static final PoolUse USE = new PoolUse("p", 1, 0, 3, 0);

  @Test
  void a_repeat_writes_and_tells_nothing() {
    Notice notice = Notice.warning("AllocationFailed", "none left");
    Allocations decided =
        decided(
            given(WEB, "192.0.2.1"),
            new Decision(OLD, new Verdict.Refused("none left"), List.of(), List.of(notice)));

    Reconciliation repeat =
        Reconciliation.of(
            decided,
            Map.of(WEB, List.of("192.0.2.1")),
            Map.of("p", USE),
            Map.of(OLD, List.of(notice)));

    assertThat(repeat).isEqualTo(new Reconciliation(List.of(), List.of(), List.of()));
  }

  @Test
  void who_loses_an_address_is_written_before_who_gets_it() {
    Allocations decided =
        decided(
            given(WEB, "192.0.2.1"),
            new Decision(OLD, new Verdict.Cleared("notLoadBalancer"), List.of(), List.of()));

    Reconciliation plan =
        Reconciliation.of(decided, Map.of(OLD, List.of("192.0.2.1")), Map.of(), Map.of());

    assertThat(plan.writes())
        .containsExactly(
            new Reconciliation.Write(OLD, List.of(), "", List.of("192.0.2.1")),
            new Reconciliation.Write(WEB, List.of(address("192.0.2.1")), "p", List.of()));
    assertThat(plan.writes().getLast().after(plan.leavers())).containsExactly(OLD);
    assertThat(plan.writes().getFirst().after(plan.leavers())).isEmpty();
    assertThat(plan.poolUses()).containsExactly(USE);
  }

  @Test
  void two_that_swap_do_not_wait_for_each_other() {
    Allocations decided = decided(given(WEB, "192.0.2.1"), given(OLD, "192.0.2.2"));

    Reconciliation plan =
        Reconciliation.of(
            decided,
            Map.of(OLD, List.of("192.0.2.1"), WEB, List.of("192.0.2.2")),
            Map.of(),
            Map.of());

    assertThat(plan.writes())
        .hasSize(2)
        .allSatisfy(write -> assertThat(write.after(plan.leavers())).isEmpty());
  }

  @Test
  void somebody_else_s_service_is_not_touched() {
    Allocations decided =
        decided(new Decision(WEB, new Verdict.NotOurs("class"), List.of(), List.of()));

    assertThat(
            Reconciliation.of(decided, Map.of(WEB, List.of("9.9.9.9")), Map.of(), Map.of())
                .writes())
        .isEmpty();
  }

  private static Decision given(ServiceName service, String address) {
    return new Decision(
        service,
        new Verdict.Given(List.of(address(address)), "p", Because.HELD),
        List.of(),
        List.of());
  }

  private static Allocations decided(Decision... decisions) {
    return new Allocations(Arrays.asList(decisions), List.of(USE), Map.of(), 0);
  }

  private static Address address(String text) {
    return Address.parse(text).orElseThrow();
  }
}
