package dev.ballast.loadbalancer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.simulation.Simulation;
import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import java.time.Duration;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Two speakers on a simulated clock and network, in random schedules of faults. */
class SessionProperties {
  private static Terms terms(long as, long peer, int identifier, boolean passive) {
    return new Terms(
        as,
        new PeerAs.Exactly(peer),
        identifier,
        Duration.ofSeconds(9),
        Duration.ZERO,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        passive,
        Set.of(AddressFamily.IPV4_UNICAST),
        false,
        Duration.ZERO);
  }

  @Property(tries = 300)
  void two_speakers_agree_on_one_connection_once_the_network_is_well(
      @ForAll long seed, @ForAll boolean passive) {
    Simulation simulation = new Simulation(seed);
    SimulatedPeer a = new SimulatedPeer("a", simulation, new Session(terms(1, 2, 10, passive)));
    SimulatedPeer b = new SimulatedPeer("b", simulation, new Session(terms(2, 1, 20, false)));
    SimulatedPeer.connect(a, b);
    a.on(new Event.Start());
    b.on(new Event.Start());
    for (int i = 0; i < 12; i++) {
      simulation.run(Duration.ofMillis(simulation.random().nextInt(20_000)));
      SimulatedPeer victim = simulation.random().nextBoolean() ? a : b;
      switch (simulation.random().nextInt(5)) {
        case 0 -> victim.breakConnections();
        case 1 -> victim.cut(Duration.ofMillis(simulation.random().nextInt(30_000)));
        case 2 -> victim.on(new Event.BfdDown());
        case 3 -> {
          victim.on(new Event.Stop(Message.Notification.of(Fault.ADMINISTRATIVE_RESET)));
          victim.on(new Event.Start());
        }
        default -> victim.restart();
      }
    }

    boolean up =
        simulation.runUntil(
            () ->
                a.state() instanceof State.Established(Side ours, _)
                    && b.state() instanceof State.Established(Side theirs, _)
                    && ours == theirs.other(),
            Duration.ofMinutes(2));

    assertThat(up).as(() -> a + " and " + b).isTrue();
    simulation.run(Duration.ofSeconds(60));
    assertThat(a.state().rfcName()).as(a::toString).isEqualTo("Established");
    assertThat(b.state().rfcName()).as(b::toString).isEqualTo("Established");
    assertThat(a.connections() + b.connections()).isEqualTo(2);
    // What is said of the session was said once for each change.
    assertThat(a.ups() - a.downs()).isEqualTo(1);
    assertThat(b.ups() - b.downs()).isEqualTo(1);
  }

  @Property(tries = 300)
  void a_stop_ends_everything(@ForAll long seed) {
    Simulation simulation = new Simulation(seed);
    SimulatedPeer a = new SimulatedPeer("a", simulation, new Session(terms(1, 2, 10, false)));
    SimulatedPeer b = new SimulatedPeer("b", simulation, new Session(terms(2, 1, 20, false)));
    SimulatedPeer.connect(a, b);
    a.on(new Event.Start());
    b.on(new Event.Start());
    simulation.run(Duration.ofMillis(simulation.random().nextInt(3_000)));

    a.on(new Event.Stop(Message.Notification.of(Fault.PEER_DECONFIGURED)));
    simulation.run(Duration.ofMinutes(10));

    assertThat(a.state()).isEqualTo(new State.Idle());
    assertThat(a.connections()).isZero();
    assertThat(a.timers()).isZero();
    assertThat(b.state().rfcName()).isIn("Active", "Connect", "OpenSent");
  }

  @Property(tries = 200)
  void a_wrong_AS_number_never_becomes_a_session(@ForAll long seed) {
    Simulation simulation = new Simulation(seed);
    SimulatedPeer a = new SimulatedPeer("a", simulation, new Session(terms(1, 3, 10, false)));
    SimulatedPeer b = new SimulatedPeer("b", simulation, new Session(terms(2, 1, 20, false)));
    SimulatedPeer.connect(a, b);
    a.on(new Event.Start());
    b.on(new Event.Start());

    simulation.run(Duration.ofMinutes(5));

    assertThat(a.ups() + b.ups()).isZero();
    assertThat(a.lastFailure() + b.lastFailure()).contains("AS number");
    // It goes on trying, at the longest wait: not more often.
    assertThat(a.dials() + b.dials()).isBetween(20, 120);
  }
}
