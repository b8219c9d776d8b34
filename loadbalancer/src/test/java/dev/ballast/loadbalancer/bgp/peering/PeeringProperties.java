package dev.ballast.loadbalancer.bgp.peering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.simulation.Simulation;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bgp.message.AddressFamily;
import dev.ballast.loadbalancer.bgp.message.Community;
import dev.ballast.loadbalancer.bgp.message.Fault;
import dev.ballast.loadbalancer.bgp.message.Message;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.loadbalancer.bgp.session.PeerAs;
import dev.ballast.loadbalancer.bgp.session.Terms;
import dev.ballast.loadbalancer.bgp.transport.Route;
import dev.ballast.loadbalancer.bgp.transport.Target;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Two speakers whole, with messages as bytes, on a simulated clock and network: whatever happens
 * meanwhile, in the end each has exactly the routes that the other wants it to have.
 */
class PeeringProperties {
  /** A speaker and what it was sent. */
  private static final class Speaker implements Observer {
    private final Map<Cidr, List<Community>> received = new HashMap<>();
    private final Map<Cidr, RouteAttributes> wanted = new HashMap<>();
    private final Peering peering;
    private final Simulation simulation;

    Speaker(Simulation simulation, SimulatedWire wire, SimulatedWire.Port port, int as, int peer) {
      this.simulation = simulation;
      peering =
          new Peering(
              new PeerSettings(
                  "peer" + peer,
                  new Route(
                      new Target.At(Address.ofIpv4(peer)),
                      179,
                      Optional.empty(),
                      Optional.empty(),
                      0),
                  new Terms(
                      as,
                      new PeerAs.Exactly(peer),
                      as,
                      Duration.ofSeconds(9),
                      Duration.ZERO,
                      Duration.ofSeconds(1),
                      Duration.ofSeconds(10),
                      false,
                      Set.of(AddressFamily.IPV4_UNICAST),
                      false,
                      Duration.ZERO),
                  Optional.empty()),
              port,
              wire.timers(),
              simulation.random(),
              this);
    }

    @Override
    public void up(String peer, PeerStatus status) {
      received.clear();
    }

    @Override
    public void down(String peer, String reason) {
      received.clear();
    }

    @Override
    public void delivered(String peer, Message.Update update) {
      update.withdrawn().forEach(received::remove);
      update
          .announced()
          .forEach(prefix -> received.put(prefix, update.attributes().orElseThrow().communities()));
    }

    void changeRoutes() {
      Map<Cidr, Optional<RouteAttributes>> changes = new HashMap<>();
      int count = simulation.random().nextInt(2_000);
      for (int i = 0; i < count; i++) {
        Cidr prefix =
            Cidr.containing(Address.ofIpv4(0xc6000000 + simulation.random().nextInt(3_000)), 32);
        if (simulation.random().nextInt(3) == 0) {
          changes.put(prefix, Optional.empty());
          wanted.remove(prefix);
        } else {
          RouteAttributes attributes =
              new RouteAttributes(
                  0, 0, List.of(Community.of(1, simulation.random().nextInt(5))), List.of());
          changes.put(prefix, Optional.of(attributes));
          wanted.put(prefix, attributes);
        }
      }
      peering.change(changes);
    }

    boolean has(Speaker other) {
      Map<Cidr, List<Community>> expected = new HashMap<>();
      other.wanted.forEach((prefix, attributes) -> expected.put(prefix, attributes.communities()));
      return received.equals(expected);
    }
  }

  @Property(tries = 60)
  void no_route_is_lost_and_no_session_stuck(@ForAll long seed) {
    Simulation simulation = new Simulation(seed);
    SimulatedWire wire = new SimulatedWire(simulation);
    SimulatedWire.Port first = wire.new Port();
    SimulatedWire.Port second = wire.new Port();
    Speaker a = new Speaker(simulation, wire, first, 1, 2);
    Speaker b = new Speaker(simulation, wire, second, 2, 1);
    first.leadsTo(b.peering);
    second.leadsTo(a.peering);
    a.peering.start();
    b.peering.start();
    for (int i = 0; i < 12; i++) {
      simulation.run(Duration.ofMillis(simulation.random().nextInt(15_000)));
      Speaker one = simulation.random().nextBoolean() ? a : b;
      switch (simulation.random().nextInt(7)) {
        case 0 -> wire.reset();
        case 1 -> wire.cut(Duration.ofMillis(simulation.random().nextInt(30_000)));
        case 2 -> one.peering.bfdDown();
        case 3 -> {
          one.peering.stop(Message.Notification.of(Fault.ADMINISTRATIVE_RESET));
          one.peering.start();
        }
        case 4 -> wire.stall(Duration.ofMillis(simulation.random().nextInt(8_000)));
        default -> one.changeRoutes();
      }
    }

    boolean agreed =
        simulation.runUntil(
            () ->
                a.peering.status().established()
                    && b.peering.status().established()
                    && a.has(b)
                    && b.has(a),
            Duration.ofMinutes(3));

    assertThat(agreed)
        .as(() -> a.peering + " has %d of %d".formatted(a.received.size(), b.wanted.size()))
        .isTrue();
    simulation.run(Duration.ofSeconds(60));
    assertThat(a.has(b) && b.has(a)).isTrue();
    assertThat(wire.connections()).contains(2);
  }
}
