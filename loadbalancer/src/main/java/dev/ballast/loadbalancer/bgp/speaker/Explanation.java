package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.bfd.BfdStanding;
import dev.ballast.loadbalancer.bgp.advertising.BgpStanding;
import dev.ballast.loadbalancer.bgp.peering.PeerStatus;
import dev.ballast.loadbalancer.bgp.peering.Peering;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Why a service is announced by BGP, to whom, and why not to others; for a person. */
final class Explanation {
  private Explanation() {}

  static String of(
      BgpStanding standing, Map<String, Peering> peerings, Map<String, BfdStanding> bfd) {
    return switch (standing) {
      case BgpStanding.Withheld withheld ->
          "%s: not announced by BGP: %s: %s"
              .formatted(withheld.service(), withheld.reason(), withheld.why());
      case BgpStanding.Announced announced -> {
        StringBuilder text = new StringBuilder();
        text.append(announced.service()).append(": announced by BGP");
        if (announced.peers().isEmpty() && announced.rejected().isEmpty()) {
          text.append("\n  to nobody: no BGPPeer is for this node");
        }
        announced
            .peers()
            .forEach((peer, prefixes) ->
                text.append("\n  ").append(peer(peer, prefixes, peerings, bfd)));
        announced
            .rejected()
            .forEach(
                (peer, why) -> text.append("\n  not to ").append(peer).append(": ").append(why));
        yield text.toString();
      }
    };
  }

  private static String peer(
      String name,
      Set<Cidr> prefixes,
      Map<String, Peering> peerings,
      Map<String, BfdStanding> bfd) {
    Peering peering = peerings.get(name);
    if (peering == null) {
      return "not to " + name + ": the session is about to begin";
    }
    if (!peering.status().established()) {
      return "not to "
          + session(name, peering, Optional.ofNullable(bfd.get(name)))
          + ", would get "
          + prefixes;
    }
    StringBuilder text = new StringBuilder();
    for (Cidr prefix : prefixes) {
      text.append(text.isEmpty() ? "" : "\n  ");
      if (peering.has(prefix)) {
        text.append(name).append(" has ").append(prefix);
      } else {
        text.append("not to ")
            .append(name)
            .append(": the session carries no ")
            .append(prefix.network().family())
            .append(" routes, or has no next hop for ")
            .append(prefix)
            .append("; set dualStackAddressFamily on both ends");
      }
    }
    return text.toString();
  }

  static String session(String name, Peering peering, Optional<BfdStanding> bfd) {
    PeerStatus status = peering.status();
    return "%s (%s): %s%s%s%s"
        .formatted(
            name,
            peering.settings().label(),
            status.state(),
            status.established() ? ", " + status.announced() + " routes" : "",
            status.problem().isEmpty() ? "" : ": " + status.problem(),
            bfd.map(b -> ", BFD " + b.state()).orElse(""));
  }
}
