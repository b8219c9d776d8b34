package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.allocation.Pool;
import dev.ballast.loadbalancer.allocation.PoolIndex;
import dev.ballast.loadbalancer.allocation.ServiceName;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.Endpoints;
import dev.ballast.loadbalancer.config.ServiceReader;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import dev.ballast.loadbalancer.speaker.Knowledge.Subject;
import dev.ballast.objects.EndpointSlice;
import dev.ballast.objects.Node;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a speaker has to know, out of a snapshot of the objects. */
final class KnowledgeReader {
  private final Configuration configuration;
  private final PoolIndex pools;
  private final String loadBalancerClass;
  private final Map<ServiceName, List<EndpointSlice.Endpoint>> endpoints;

  private KnowledgeReader(
      Configuration configuration, Snapshot snapshot, String loadBalancerClass) {
    this.configuration = configuration;
    this.loadBalancerClass = loadBalancerClass;
    pools = new PoolIndex(configuration.pools());
    endpoints = Endpoints.of(snapshot);
  }

  /**
   * Reads.
   *
   * @param me the node of the speaker
   */
  static Knowledge read(
      Configuration configuration,
      Snapshot snapshot,
      String me,
      String loadBalancerClass,
      boolean ignoreExcludeLabel) {
    KnowledgeReader reader = new KnowledgeReader(configuration, snapshot, loadBalancerClass);
    List<Subject> subjects = new ArrayList<>();
    snapshot.all(Service.class).forEach(s -> reader.subject(s).ifPresent(subjects::add));
    subjects.sort(Comparator.comparing(Subject::service));
    List<Candidate> candidates = new ArrayList<>();
    Map<String, InetAddress> peers = new HashMap<>();
    boolean alone = snapshot.all(Node.class).size() < 2;
    for (Node node : snapshot.all(Node.class)) {
      String name = node.metadata().name();
      candidates.add(
          new Candidate(
              name,
              node.metadata().labels(),
              node.is("NetworkUnavailable"),
              alone || node.internalAddress().flatMap(Address::parse).isPresent()));
      if (!name.equals(me)) {
        node.internalAddress()
            .flatMap(Address::parse)
            .ifPresent(address -> peers.put(name, address.inetAddress()));
      }
    }
    return new Knowledge(subjects, candidates, peers, ignoreExcludeLabel);
  }

  private Optional<Subject> subject(Service service) {
    if (!service.spec().loadBalancerClass().orElse("").equals(loadBalancerClass)) {
      return Optional.empty();
    }
    String name = ServiceReader.name(service).toString();
    if (!service.spec().type().equals("LoadBalancer")) {
      return service.status().ingress().isEmpty()
          ? Optional.empty()
          : withhold(name, Withdrawal.NOT_LOAD_BALANCER, "its type is " + service.spec().type());
    }
    if (service.status().ingress().isEmpty()) {
      return withhold(name, Withdrawal.NO_IP_ALLOCATED, "no address is in its status");
    }
    List<Address> addresses = new ArrayList<>();
    for (String text : service.status().ingress()) {
      Optional<Address> address = Address.parse(text);
      if (address.isEmpty()) {
        return withhold(name, Withdrawal.INVALID_IP, "its status has the address \"" + text + '"');
      }
      addresses.add(address.get());
    }
    Optional<Pool> pool = pools.poolOf(addresses);
    if (pool.isEmpty()) {
      return withhold(
          name, Withdrawal.IP_NOT_ALLOWED, "no one pool has " + service.status().ingress());
    }
    return announce(service, name, addresses, pool.get());
  }

  private Optional<Subject> announce(
      Service service, String name, List<Address> addresses, Pool pool) {
    List<Address> answerable =
        addresses.stream().filter(address -> address.family() == Family.IPV4).toList();
    List<String> notes =
        addresses.stream()
            .filter(address -> address.family() == Family.IPV6)
            .map(address -> "not announced: " + address + ": this speaker does not speak NDP yet")
            .toList();
    if (answerable.isEmpty()) {
      return withhold(name, Withdrawal.IPV6_NOT_ANNOUNCED, String.join("; ", notes));
    }
    Set<String> nodes = new TreeSet<>();
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
    // The election's hash is over the first of all addresses: dual stack stays together.
    Announceable what =
        new Announceable(
            name,
            service.metadata().labels(),
            answerable,
            addresses.getFirst(),
            ServiceReader.sharingKey(service),
            service.spec().externalTrafficPolicy().equals("Local"),
            any,
            nodes);
    return Optional.of(
        new Subject.Announce(name, what, configuration.advertisementsOf(pool.name()), notes));
  }

  private static Optional<Subject> withhold(String name, Withdrawal word, String why) {
    return Optional.of(new Subject.Withhold(name, word, why));
  }
}
