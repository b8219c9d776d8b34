package dev.ballast.loadbalancer.layer2;

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

/**
 * Which node announces a service on the local link: a function of what every speaker sees, so that
 * speakers who see the same agree without talking about it. The rules are those of MetalLB, to the
 * bytes of the hash.
 *
 * @param order the nodes that can announce, the owner first
 * @param losers every other node, and every later one, with the reason
 * @param verdicts for each node that can not be owner, the original's word for it
 */
public record Election(List<String> order, List<Loser> losers, Map<String, Withdrawal> verdicts) {
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
   * Elects.
   *
   * @param advertisements those of the pool that the addresses are of
   * @param nodes all nodes that there are
   * @param speakers the nodes whose speaker is alive
   * @param ignoreExcludeLabel whether {@link Candidate#EXCLUDED} does not count
   */
  public static Election of(
      Announceable service,
      Collection<Advertisement> advertisements,
      Collection<Candidate> nodes,
      Set<String> speakers,
      boolean ignoreExcludeLabel) {
    List<Advertisement> matching =
        advertisements.stream().filter(ad -> ad.forService(service.labels())).toList();
    Map<String, Withdrawal> verdicts = new TreeMap<>();
    List<Loser> losers = new ArrayList<>();
    List<Ranked> ranked = new ArrayList<>();
    for (Candidate node : nodes) {
      Optional<Objection> objection =
          objection(service, matching, node, speakers, ignoreExcludeLabel);
      if (objection.isPresent()) {
        losers.add(new Loser(node.node(), objection.get().reason()));
        verdicts.put(node.node(), objection.get().word());
      } else {
        ranked.add(rank(service, matching, node));
      }
    }
    for (String speaker : speakers) {
      if (nodes.stream().noneMatch(node -> node.node().equals(speaker))) {
        losers.add(new Loser(speaker, "there is no Node object of this name"));
        verdicts.put(speaker, Withdrawal.NOT_OWNER);
      }
    }
    ranked.sort(Ranked.ORDER);
    for (Ranked later : ranked.subList(Math.min(1, ranked.size()), ranked.size())) {
      losers.add(new Loser(later.node, later.behind(ranked.getFirst())));
    }
    return new Election(ranked.stream().map(Ranked::node).toList(), losers, verdicts);
  }

  private record Objection(Withdrawal word, String reason) {}

  private static Optional<Objection> objection(
      Announceable service,
      List<Advertisement> matching,
      Candidate node,
      Set<String> speakers,
      boolean ignoreExcludeLabel) {
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
    if (node.excluded() && !ignoreExcludeLabel) {
      return no(
          Withdrawal.NOT_OWNER,
          "it has the label " + Candidate.EXCLUDED + "; remove it, or give --ignore-exclude-lb");
    }
    if (!speakers.contains(node.node())) {
      return no(Withdrawal.NOT_OWNER, "its speaker is not alive");
    }
    if (service.local() && !service.endpointNodes().contains(node.node())) {
      return no(
          Withdrawal.NOT_OWNER, "externalTrafficPolicy is Local and no endpoint on it can serve");
    }
    return Optional.empty();
  }

  private static Optional<Objection> no(Withdrawal word, String reason) {
    return Optional.of(new Objection(word, reason));
  }

  private static Ranked rank(Announceable service, List<Advertisement> matching, Candidate node) {
    int weight = matching.stream().mapToInt(ad -> ad.weight(node.labels())).sum();
    // The first address speaks for all, so that both families of a service stay together.
    String text = node.node() + "#" + service.ranked();
    return new Ranked(node.node(), weight, sha256(text));
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared as a value.
  private record Ranked(String node, int weight, byte[] hash) {
    private static final Comparator<Ranked> ORDER =
        Comparator.comparingInt(Ranked::weight)
            .reversed()
            .thenComparing(Ranked::hash, Arrays::compareUnsigned)
            .thenComparing(Ranked::node);

    String behind(Ranked first) {
      return weight < first.weight
          ? "preferred with weight %d, %s with %d".formatted(weight, first.node, first.weight)
          : first.node + " comes first in the order of SHA-256(node#address)";
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
