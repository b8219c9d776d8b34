package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.resource.ServiceL2Status;
import dev.ballast.objects.Event;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.WriteBack;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Writes to the objects, on a thread of its own, what the speaker reports. */
final class SpeakerReports implements Report {
  private static final Logger LOG = System.getLogger(SpeakerReports.class.getName());
  private static final String SOURCE = "metallb-speaker";

  private final String node;
  private final ObjectStore home;
  private final WriteBack writes;
  private final InstantSource clock;
  private final Supplier<Map<String, Standing>> standings;

  SpeakerReports(
      String node,
      ObjectStore home,
      WriteBack writes,
      InstantSource clock,
      Supplier<Map<String, Standing>> standings) {
    this.node = node;
    this.home = home;
    this.writes = writes;
    this.clock = clock;
    this.standings = standings;
  }

  private static ObjectKey service(String name) {
    int slash = name.indexOf('/');
    return new ObjectKey("Service", name.substring(0, slash), name.substring(slash + 1));
  }

  private ObjectKey l2Status(String service) {
    return ServiceL2Status.KIND.key(
        "metallb-system", "l2-" + service.replace('/', '-') + "-" + node);
  }

  private void event(Event.Type type, String service, String reason, String message) {
    writes.event(Event.of(type, key(service), reason, message, SOURCE, clock.instant()));
  }

  /** The key as the manifest has it: a service without a namespace is kept without one. */
  private ObjectKey key(String service) {
    ObjectKey key = service(service);
    ObjectKey bare = new ObjectKey("Service", "", key.name());
    return key.namespace().equals("default") && home.list().find(bare).isPresent() ? bare : key;
  }

  /** It announces a service now by one of its protocols. */
  void assigned(String service, String protocol) {
    event(
        Event.Type.NORMAL,
        service,
        "nodeAssigned",
        "announcing from node \"%s\" with protocol \"%s\"".formatted(node, protocol));
  }

  @Override
  public void answering(Standing.Answering standing) {
    LOG.log(Level.INFO, () -> "announcing " + standing.service() + " at " + standing.addresses());
    assigned(standing.service(), "layer2");
    Map<String, Object> status = new HashMap<>();
    ObjectKey key = service(standing.service());
    status.put("node", node);
    status.put("serviceName", key.name());
    status.put("serviceNamespace", key.namespace());
    status.put(
        "interfaces",
        standing.links().stream().sorted().map(name -> Map.of("name", name)).toList());
    writes.statusAfter(l2Status(standing.service()), new TreeMap<>(status), Set.of());
  }

  @Override
  public void withdrawn(Standing.Silent standing) {
    LOG.log(
        Level.INFO,
        () ->
            "withdrawing %s: reason=%s: %s"
                .formatted(standing.service(), standing.word(), standing.why()));
    writes.remove(l2Status(standing.service()));
  }

  @Override
  public void noSuchInterface(String service, Address address, Set<String> wanted) {
    event(
        Event.Type.WARNING,
        service,
        "announceFailed",
        "the interfaces specified by LB IP \"%s\" doesn't exist in assigned node \"%s\" with"
                .formatted(address, node)
            + " protocol \"layer2\"");
  }

  @Override
  public void note(String service, String text) {
    event(Event.Type.WARNING, service, "announceFailed", text);
  }

  @Override
  public void conflict(Address address, Mac claimant, String link) {
    String text =
        "%s also says on %s of node %s that it has %s; find the station with that Ethernet address"
            .formatted(claimant, link, node, address);
    LOG.log(Level.WARNING, text);
    standings.get().values().stream()
        .filter(standing -> holds(standing, address))
        .forEach(s -> event(Event.Type.WARNING, s.service(), "addressConflict", text));
  }

  private static boolean holds(Standing standing, Address address) {
    return standing instanceof Standing.Answering answering
        && answering.addresses().contains(address);
  }

  @Override
  public void fenced(
      String service, Address address, Mac claimant, String link, Optional<String> other) {
    String text =
        other
            .map(name ->
                "node %s (%s on %s) answers for %s and its heartbeats do not arrive at node %s, which"
                        .formatted(name, claimant, link, address, node)
                    + " therefore does not answer; let UDP heartbeats pass between them")
            .orElseGet(() ->
                "%s on %s of node %s has %s already, so that it is not announced; find the station"
                        .formatted(claimant, link, node, address)
                    + " with that Ethernet address, or take the address out of the pool");
    LOG.log(Level.WARNING, text);
    event(Event.Type.WARNING, service, "addressConflict", text);
  }

  @Override
  public void labelIgnored(String service) {
    event(
        Event.Type.WARNING,
        service,
        "excludeLabelIgnored",
        "every node that could announce it has the label "
            + "node.kubernetes.io/exclude-from-external-load-balancers, which is therefore ignored");
  }
}
