package dev.ballast.loadbalancer.layer2;

import dev.ballast.loadbalancer.membership.Heartbeat;
import dev.ballast.loadbalancer.membership.View;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * Which node announces a service on the local link: a function of what every speaker sees, so that
 * speakers who see the same agree without talking about it. The candidates and the order among them
 * are those of MetalLB, to the bytes of the hash; but the node that answers already keeps the
 * address, and a node that has its even share is behind those that have less.
 *
 * @param order the nodes that can announce, the owner first
 * @param losers every other node, and every later one, with the reason
 * @param verdicts for each node that can not be owner, the original's word for it
 * @param labelIgnored whether {@link Candidate#EXCLUDED} did not count since every node that could
 *     announce bears it
 */
public record Election(
    List<String> order,
    List<Loser> losers,
    Map<String, Withdrawal> verdicts,
    boolean labelIgnored) {
  public Election {
    order = List.copyOf(order);
    losers = List.copyOf(losers);
    verdicts = Map.copyOf(verdicts);
  }

  /** A node that does not announce, and why. */
  public record Loser(String node, String reason) {}

  /** The node that announces. */
  public Optional<String> owner() {
    return order.isEmpty() ? Optional.empty() : Optional.of(order.getFirst());
  }

  /** Why a node does not announce, in the original's word; nothing if it does. */
  public Optional<Withdrawal> withdrawal(String node) {
    if (owner().filter(node::equals).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(verdicts.getOrDefault(node, Withdrawal.NOT_OWNER));
  }

  /**
   * Who holds what already, and how much more each may take.
   *
   * @param incumbents the nodes that answer for the service's addresses now: they keep them
   * @param together the node that another service with the same address is on
   * @param excess how many addresses each node has beyond an even share; none if not named
   */
  public record Holding(
      Set<String> incumbents, Optional<String> together, ToIntFunction<String> excess) {
    /** Nobody holds anything. */
    public static final Holding NONE = new Holding(Set.of(), Optional.empty(), _ -> 0);

    public Holding {
      incumbents = Set.copyOf(incumbents);
    }
  }

  /** Elects among nodes that hold nothing yet and can answer on every interface. */
  public static Election of(
      Announceable service,
      Collection<Advertisement> advertisements,
      Collection<Candidate> nodes,
      Set<String> speakers,
      boolean ignoreExcludeLabel) {
    return of(
        service,
        advertisements,
        nodes,
        new View("", Heartbeat.Phase.GONE, speakers, Map.of()),
        Holding.NONE,
        ignoreExcludeLabel);
  }

  /**
   * Elects. The label {@link Candidate#EXCLUDED} does not count where every node that could
   * announce bears it: on a cluster of control planes alone nobody would be left.
   *
   * @param advertisements those of the pool that the addresses are of
   * @param nodes all nodes that there are
   * @param view the speakers that are ready, and where they can answer
   * @param ignoreExcludeLabel whether the label never counts
   */
  public static Election of(
      Announceable service,
      Collection<Advertisement> advertisements,
      Collection<Candidate> nodes,
      View view,
      Holding holding,
      boolean ignoreExcludeLabel) {
    List<Advertisement> matching =
        advertisements.stream().filter(ad -> ad.forService(service.labels())).toList();
    Map<String, Withdrawal> verdicts = new TreeMap<>();
    List<Loser> losers = new ArrayList<>();
    List<Candidate> able = new ArrayList<>();
    for (Candidate node : nodes) {
      Optional<Objection> objection = objection(service, matching, node, view);
      if (objection.isPresent()) {
        losers.add(new Loser(node.node(), objection.get().reason()));
        verdicts.put(node.node(), objection.get().word());
      } else {
        able.add(node);
      }
    }
    boolean some = able.stream().anyMatch(Candidate::excluded);
    boolean all = able.stream().allMatch(Candidate::excluded);
    List<Ranked> ranked = new ArrayList<>();
    for (Candidate node : able) {
      if (node.excluded() && !all && !ignoreExcludeLabel) {
        losers.add(
            new Loser(
                node.node(),
                "it has the label "
                    + Candidate.EXCLUDED
                    + "; remove it, or give --ignore-exclude-lb"));
        verdicts.put(node.node(), Withdrawal.NOT_OWNER);
      } else {
        ranked.add(rank(service, matching, node, holding));
      }
    }
    for (String speaker : view.ready()) {
      if (nodes.stream().noneMatch(node -> node.node().equals(speaker))) {
        losers.add(new Loser(speaker, "there is no Node object of this name"));
        verdicts.put(speaker, Withdrawal.NOT_OWNER);
      }
    }
    ranked.sort(Ranked.ORDER);
    for (Ranked later : ranked.subList(Math.min(1, ranked.size()), ranked.size())) {
      losers.add(new Loser(later.node, later.behind(ranked.getFirst())));
    }
    return new Election(
        ranked.stream().map(Ranked::node).toList(),
        losers,
        verdicts,
        some && all && !ignoreExcludeLabel);
  }

  private record Objection(Withdrawal word, String reason) {}

  private static Optional<Objection> objection(
      Announceable service, List<Advertisement> matching, Candidate node, View view) {
    if (!service.anyEndpoint()) {
      return no(Withdrawal.NOT_OWNER, "no endpoint of the service can serve");
    }
    if (matching.isEmpty()) {
      return no(
          Withdrawal.NO_MATCHING_ADVERTISEMENT,
          "no L2Advertisement is for this pool and this service");
    }
    if (matching.stream().noneMatch(ad -> ad.selects(node.labels()))) {
      return no(
          Withdrawal.NO_MATCHING_ADVERTISEMENT, "no L2Advertisement's nodeSelectors select it");
    }
    if (!service.sharingKey().isEmpty()
        && matching.stream().anyMatch(ad -> !ad.serviceSelectors().isEmpty())) {
      return no(
          Withdrawal.SHARED_IP_WITH_SERVICE_SELECTOR,
          "the service shares its address, and an L2Advertisement selects it by serviceSelectors");
    }
    if (node.networkUnavailable()) {
      return no(Withdrawal.NOT_OWNER, "its condition NetworkUnavailable is True");
    }
    if (!node.reachable()) {
      return no(
          Withdrawal.NOT_OWNER,
          "its Node object has no InternalIP, so that other speakers cannot hear it; set"
              + " status.addresses");
    }
    if (!view.ready().contains(node.node())) {
      return no(Withdrawal.NOT_OWNER, notReady(node.node(), view));
    }
    Set<String> wanted = interfaces(service, matching, node);
    if (!view.able(node.node(), wanted)) {
      return no(
          Withdrawal.NOT_OWNER,
          wanted.isEmpty()
              ? "its speaker can answer on no interface; see its log and /readyz"
              : "its speaker cannot answer on any of the interfaces " + wanted);
    }
    if (service.local() && !service.endpointNodes().contains(node.node())) {
      return no(
          Withdrawal.NOT_OWNER, "externalTrafficPolicy is Local and no endpoint on it can serve");
    }
    return Optional.empty();
  }

  private static String notReady(String node, View view) {
    if (node.equals(view.me()) && view.unheardBy().isPresent()) {
      return "the speaker of %1$s does not hear it; let UDP heartbeats pass from %2$s to %1$s"
          .formatted(view.unheardBy().get(), node);
    }
    return "its speaker is not alive";
  }

  private static Optional<Objection> no(Withdrawal word, String reason) {
    return Optional.of(new Objection(word, reason));
  }

  private static Ranked rank(
      Announceable service, List<Advertisement> matching, Candidate node, Holding holding) {
    int weight = matching.stream().mapToInt(ad -> ad.weight(node.labels())).sum();
    // The first address speaks for all, so that both families of a service stay together.
    String text = node.node() + "#" + service.ranked();
    return new Ranked(
        node.node(),
        weight,
        holding.incumbents().contains(node.node()),
        holding.together().filter(node.node()::equals).isPresent(),
        holding.excess().applyAsInt(node.node()),
        sha256(text));
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
  private record Ranked(
      String node, int weight, boolean incumbent, boolean together, int excess, byte[] hash) {
    private static final Comparator<Ranked> ORDER =
        Comparator.comparingInt(Ranked::weight)
            .thenComparing(Ranked::incumbent)
            .thenComparing(Ranked::together)
            .reversed()
            .thenComparingInt(Ranked::excess)
            .thenComparing(Ranked::hash, Arrays::compareUnsigned)
            .thenComparing(Ranked::node);

    String behind(Ranked first) {
      if (weight < first.weight) {
        return "preferred with weight %d, %s with %d".formatted(weight, first.node, first.weight);
      }
      if (incumbent != first.incumbent) {
        return first.node + " answers for it already and keeps it";
      }
      if (together != first.together) {
        return first.node + " has another service with this address";
      }
      if (excess != first.excess) {
        return "it has its share of the addresses already, " + first.node + " has fewer";
      }
      return first.node + " comes first in the order of SHA-256(node#address)";
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The interfaces that a node announces on; empty for all. */
  public static Set<String> interfaces(
      Announceable service, Collection<Advertisement> advertisements, Candidate node) {
    Set<String> named = new TreeSet<>();
    for (Advertisement ad : advertisements) {
      if (ad.forService(service.labels()) && ad.selects(node.labels())) {
        if (ad.interfaces().isEmpty()) {
          return Set.of();
        }
        named.addAll(ad.interfaces());
      }
    }
    return named;
  }
}
