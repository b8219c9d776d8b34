package dev.ballast.loadbalancer.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class GateTest {
  private static final Address VIP = Address.parse("192.0.2.10").orElseThrow();
  private static final Set<Address> VIPS = Set.of(VIP);
  private static final Mac OWN = Mac.parse("02:00:00:00:00:05");
  private static final Gate.Station HIGHER =
      new Gate.Station(Mac.parse("02:00:00:00:00:09"), "eth0");
  private static final Gate.Station LOWER =
      new Gate.Station(Mac.parse("02:00:00:00:00:01"), "eth0");
  private static final long MILLI = 1_000_000;
  private final Gate gate = new Gate();

  @Test
  void asks_before_the_first_announcement_and_opens_when_nobody_answers() {
    assertThat(gate.closed(VIPS, false, 0)).isPresent();
    assertThat(gate.due(0)).containsExactly(VIP);
    assertThat(gate.due(50 * MILLI)).isEmpty();
    assertThat(gate.due(100 * MILLI)).containsExactly(VIP);
    assertThat(gate.watched()).containsExactly(VIP);
    assertThat(gate.closed(VIPS, false, 199 * MILLI)).isPresent();
    assertThat(gate.closed(VIPS, false, 200 * MILLI)).isEmpty();

    gate.owned(VIPS, 200 * MILLI);
    assertThat(gate.busy()).isFalse();
    assertThat(gate.watched()).isEmpty();
  }

  @Test
  void does_not_ask_when_it_takes_over_from_another_speaker() {
    assertThat(gate.closed(VIPS, true, 0)).isEmpty();
    assertThat(gate.due(0)).isEmpty();
  }

  @Test
  void stays_closed_while_a_stranger_answers_and_opens_when_it_is_silent() {
    assertThat(gate.closed(VIPS, false, 0)).isPresent();
    assertThat(gate.hear(VIP, LOWER, false, OWN, 10 * MILLI)).isEqualTo(Gate.Effect.CLOSED);
    assertThat(gate.hear(VIP, LOWER, false, OWN, 100 * MILLI)).isEqualTo(Gate.Effect.NONE);

    assertThat(gate.closed(VIPS, false, 1_000 * MILLI))
        .hasValueSatisfying(why -> assertThat(why).contains("02:00:00:00:00:01 on eth0"));
    assertThat(gate.due(1_000 * MILLI)).containsExactly(VIP);
    assertThat(gate.closed(VIPS, false, 1_100 * MILLI)).isEmpty();
  }

  @Test
  void a_stranger_that_comes_later_takes_nothing_away() {
    gate.owned(VIPS, 0);
    assertThat(gate.hear(VIP, LOWER, false, OWN, 10_000 * MILLI)).isEqualTo(Gate.Effect.NONE);
    assertThat(gate.fenced(VIPS, 10_000 * MILLI)).isEmpty();
  }

  @Test
  void an_old_owner_gives_way_to_a_speaker_that_is_not_heard_until_that_one_is_silent() {
    gate.owned(VIPS, 0);
    assertThat(gate.hear(VIP, HIGHER, true, OWN, 5_000 * MILLI)).isEqualTo(Gate.Effect.CLOSED);
    assertThat(gate.fenced(VIPS, 5_001 * MILLI)).isPresent();
    gate.owned(Set.of(), 5_001 * MILLI);

    assertThat(gate.closed(VIPS, true, 5_500 * MILLI)).isPresent();
    assertThat(gate.due(5_500 * MILLI)).containsExactly(VIP);
    assertThat(gate.hear(VIP, HIGHER, true, OWN, 5_501 * MILLI)).isEqualTo(Gate.Effect.NONE);
    assertThat(gate.closed(VIPS, true, 6_400 * MILLI)).isPresent();
    assertThat(gate.closed(VIPS, true, 6_502 * MILLI)).isEmpty();
  }

  @Test
  void of_two_that_took_over_at_the_same_moment_the_lower_ethernet_address_keeps_it() {
    gate.owned(VIPS, 0);
    assertThat(gate.hear(VIP, HIGHER, true, OWN, 300 * MILLI)).isEqualTo(Gate.Effect.DEFENDED);
    assertThat(gate.hear(VIP, LOWER, true, OWN, 300 * MILLI)).isEqualTo(Gate.Effect.CLOSED);
    assertThat(gate.fenced(VIPS, 301 * MILLI)).isPresent();
  }
}
