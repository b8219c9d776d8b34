package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bgp.peering.LiveSpeaker.Peer;
import dev.ballast.loadbalancer.bgp.rib.RouteAttributes;
import dev.ballast.testkit.Eventually;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Announces many routes of 198.18.0.0/15 at once, for the benchmark. */
public final class ManyRoutes {
  private static final int FIRST = 0xc6120000;

  private ManyRoutes() {}

  /** What happens when they were handed over. */
  public interface Then {
    void announced(long begin) throws Exception;
  }

  public static void announce(Wire wire, int count, Then then) throws Exception {
    Map<Cidr, RouteAttributes> many = new HashMap<>();
    for (int i = 0; i < count; i++) {
      many.put(Cidr.containing(Address.ofIpv4(FIRST + i), 32), LiveSpeaker.PLAIN);
    }
    try (LiveSpeaker speaker = new LiveSpeaker(wire.namespace("node"), 179)) {
      speaker.configure(new Peer("router", "10.88.0.1").settings());
      Eventually.holds(
          "session", Duration.ofSeconds(60), () -> speaker.status("router").established());
      for (int i = 0; i < 3; i++) {
        // The first ones run while the code is still being compiled.
        if (i > 0) {
          speaker.routes("router", Map.of());
          Eventually.holds("none", Duration.ofSeconds(60), () -> wire.routes("-4").isBlank());
        }
        long begin = System.nanoTime();
        speaker.routes("router", many);
        then.announced(begin);
      }
    }
  }
}
