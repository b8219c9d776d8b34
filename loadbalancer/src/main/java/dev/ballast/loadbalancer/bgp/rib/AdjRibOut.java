package dev.ballast.loadbalancer.bgp.rib;

import dev.ballast.loadbalancer.address.Cidr;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.message.PathAttributes;
import dev.ballast.loadbalancer.bgp.message.UpdateEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one peer of one session was sent. A change costs what it changes, not what there is. One
 * thread at a time; any may ask {@link #has} and {@link #size}.
 */
public final class AdjRibOut {
  private final PathTerms terms;
  private final Set<Family> families;
  private final UpdateEncoder encoder;
  private final Map<Cidr, RouteAttributes> sent = new ConcurrentHashMap<>();

  /**
   * Creates one for a new session, to whose peer nothing was sent yet.
   *
   * @param families the families that both ends agreed on
   */
  public AdjRibOut(PathTerms terms, Set<Family> families, UpdateEncoder encoder) {
    this.terms = terms;
    this.families = Set.copyOf(families);
    this.encoder = encoder;
  }

  /**
   * Returns the messages after which the peer has exactly these changes, withdrawals first.
   *
   * @param changes the prefixes that changed; empty means that the route is gone
   */
  public List<byte[]> apply(Map<Cidr, Optional<RouteAttributes>> changes) {
    List<Cidr> withdrawn = new ArrayList<>();
    Map<RouteAttributes, List<Cidr>> announced = new LinkedHashMap<>();
    changes.forEach((prefix, wanted) -> {
      if (!canBeSent(prefix)) {
        return;
      }
      RouteAttributes before = sent.get(prefix);
      if (wanted.isEmpty()) {
        if (before != null) {
          withdrawn.add(prefix);
        }
      } else if (!wanted.get().equals(before)) {
        announced.computeIfAbsent(wanted.get(), _ -> new ArrayList<>()).add(prefix);
      }
    });
    List<byte[]> messages = new ArrayList<>(encoder.withdraw(withdrawn));
    announced.forEach((attributes, prefixes) -> messages.addAll(announce(attributes, prefixes)));
    withdrawn.forEach(sent::remove);
    announced.forEach(
        (attributes, prefixes) -> prefixes.forEach(prefix -> sent.put(prefix, attributes)));
    return messages;
  }

  /** Returns the messages that send all routes of a family once more. */
  public List<byte[]> again(Family family) {
    Map<RouteAttributes, List<Cidr>> routes = new LinkedHashMap<>();
    sent.forEach((prefix, attributes) -> {
      if (prefix.network().family() == family) {
        routes.computeIfAbsent(attributes, _ -> new ArrayList<>()).add(prefix);
      }
    });
    List<byte[]> messages = new ArrayList<>();
    routes.forEach((attributes, prefixes) -> messages.addAll(announce(attributes, prefixes)));
    return messages;
  }

  /** Returns the number of routes that the peer was sent. */
  public int size() {
    return sent.size();
  }

  /** Returns whether the peer was sent this route. */
  public boolean has(Cidr prefix) {
    return sent.containsKey(prefix);
  }

  /** Returns whether the session carries routes of that family and has a next hop for them. */
  public boolean canBeSent(Cidr prefix) {
    Family family = prefix.network().family();
    return families.contains(family) && !terms.nextHops().getOrDefault(family, List.of()).isEmpty();
  }

  private List<byte[]> announce(RouteAttributes route, List<Cidr> prefixes) {
    List<byte[]> messages = new ArrayList<>();
    for (Family family : Family.values()) {
      List<Cidr> some =
          prefixes.stream().filter(prefix -> prefix.network().family() == family).toList();
      if (!some.isEmpty()) {
        PathAttributes attributes = terms.attributes(route, family).orElseThrow();
        messages.addAll(encoder.announce(attributes, some));
      }
    }
    return messages;
  }
}
