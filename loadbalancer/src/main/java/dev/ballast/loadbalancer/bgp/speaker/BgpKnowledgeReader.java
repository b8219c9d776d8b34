package dev.ballast.loadbalancer.bgp.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.allocation.PoolIndex;
import dev.ballast.loadbalancer.allocation.ServiceName;
import dev.ballast.loadbalancer.bgp.advertising.BgpAdvertisement;
import dev.ballast.loadbalancer.bgp.advertising.BgpConfiguration;
import dev.ballast.loadbalancer.bgp.advertising.BgpNode;
import dev.ballast.loadbalancer.bgp.advertising.BgpService;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.Endpoints;
import dev.ballast.loadbalancer.config.ServiceReader;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Node;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What BGP has to know, out of a snapshot of the objects. */
public final class BgpKnowledgeReader {
  private final Configuration configuration;
  private final BgpConfiguration bgp;
  private final PoolIndex pools;
  private final Map<ServiceName, List<EndpointSlice.Endpoint>> endpoints;
  private final Map<String, List<BgpAdvertisement>> byPool = new HashMap<>();

  private BgpKnowledgeReader(Configuration configuration, BgpConfiguration bgp, Snapshot snapshot) {
    this.configuration = configuration;
    this.bgp = bgp;
    pools = new PoolIndex(configuration.pools());
    endpoints = Endpoints.of(snapshot);
  }

  /**
   * Reads.
   *
   * @param me the node of the speaker
   */
  public static BgpKnowledge read(
      Configuration configuration,
      BgpConfiguration bgp,
      Snapshot snapshot,
      String me,
      String loadBalancerClass,
      boolean ignoreExcludeLabel) {
    if (bgp.peers().isEmpty() && bgp.advertisements().isEmpty()) {
      return BgpKnowledge.NOTHING;
    }
    BgpKnowledgeReader reader = new BgpKnowledgeReader(configuration, bgp, snapshot);
    List<BgpService> services = new ArrayList<>();
    for (Service service : snapshot.all(Service.class)) {
      if (service.spec().loadBalancerClass().orElse("").equals(loadBalancerClass)
          && service.spec().type().equals("LoadBalancer")) {
        reader.service(service).ifPresent(services::add);
      }
    }
    services.sort(Comparator.comparing(BgpService::service));
    BgpNode node = node(snapshot, me, ignoreExcludeLabel);
    return new BgpKnowledge(
        node, services, bgp.peers().stream().filter(peer -> peer.forNode(node.labels())).toList());
  }

  private static BgpNode node(Snapshot snapshot, String me, boolean ignoreExcludeLabel) {
    BgpNode found = new BgpNode(me, Map.of(), false, false, false);
    boolean all = true;
    for (Node node : snapshot.all(Node.class)) {
      boolean labelled = node.metadata().labels().containsKey(Candidate.EXCLUDED);
      all &= labelled;
      if (node.metadata().name().equals(me)) {
        found =
            new BgpNode(
                me,
                node.metadata().labels(),
                node.is("NetworkUnavailable"),
                labelled && !ignoreExcludeLabel,
                false);
      }
    }
    // Where every node bears the label, nobody would announce anything.
    return found.excluded() && all
        ? new BgpNode(me, found.labels(), found.networkUnavailable(), false, false)
        : found;
  }

  private Optional<BgpService> service(Service service) {
    List<Address> addresses = new ArrayList<>();
    for (String text : service.status().ingress()) {
      Optional<Address> address = Address.parse(text);
      if (address.isEmpty()) {
        return Optional.empty();
      }
      addresses.add(address.get());
    }
    Optional<Pool> pool = addresses.isEmpty() ? Optional.empty() : pools.poolOf(addresses);
    if (pool.isEmpty()) {
      return Optional.empty();
    }
    List<BgpAdvertisement> advertisements =
        byPool.computeIfAbsent(
            pool.get().name(),
            name ->
                bgp.advertisementsOf(
                    pool.get(), configuration.poolLabels().getOrDefault(name, Map.of())));
    if (advertisements.isEmpty()) {
      return Optional.empty();
    }
    Set<String> nodes = new HashSet<>();
    boolean any = false;
    for (EndpointSlice.Endpoint endpoint :
        endpoints.getOrDefault(ServiceReader.name(service), List.of())) {
      if (endpoint.canServe()) {
        any = true;
        if (!endpoint.nodeName().isEmpty()) {
          nodes.add(endpoint.nodeName());
        }
      }
    }
    return Optional.of(
        new BgpService(
            ServiceReader.name(service).toString(),
            service.metadata().labels(),
            addresses,
            advertisements,
            service.spec().externalTrafficPolicy().equals("Local"),
            any,
            nodes));
  }
}
