package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.bgp.advertising.BgpConfiguration;
import dev.ballast.loadbalancer.bgp.advertising.BgpConfigurationReader;
import dev.ballast.loadbalancer.bgp.speaker.BgpKnowledgeReader;
import dev.ballast.loadbalancer.bgp.speaker.BgpMetrics;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.loadbalancer.bgp.speaker.BgpWrites;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ServiceReader;
import dev.ballast.loadbalancer.config.Updates;
import dev.ballast.loadbalancer.layer2.Election;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.membership.Heartbeat;
import dev.ballast.loadbalancer.membership.View;
import dev.ballast.loadbalancer.resource.ServiceL2Status;
import dev.ballast.objects.Event;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import dev.ballast.objects.WriteBack;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleContext;
import dev.ballast.roles.admin.AdminRequest;
import dev.ballast.roles.admin.AdminResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The role {@code lb-speaker}: a {@link Speaker} that learns from the objects and reports there.
 */
public final class SpeakerRole implements Role {
  private static final Logger LOG = System.getLogger(SpeakerRole.class.getName());
  private static final String SOURCE = "metallb-speaker";

  private static final BgpConfigurationReader.Password PASSWORDS =
      new BgpConfigurationReader.Password.Missing("the password secret cannot be read");

  private final ObjectStore home;
  private final Options options;
  private final InstantSource clock;
  private final Links links;
  private final WriteBack writes;
  private List<String> incumbents = List.of();
  private Configuration configuration =
      new Configuration(List.of(), List.of(), Map.of(), List.of(), List.of());
  private final Updates updates = new Updates();
  private volatile boolean read;
  private volatile Optional<String> unreadable = Optional.empty();
  private volatile Optional<String> rejected = Optional.empty();
  private Optional<Speaker> speaker = Optional.empty();
  private Optional<BgpSpeaker> bgp = Optional.empty();
  private BgpConfiguration bgpConfiguration = BgpConfiguration.NOTHING;
  private Optional<Thread> writer = Optional.empty();
  private Optional<ObjectStore.Subscription> subscription = Optional.empty();

  /**
   * How it runs.
   *
   * @param loadBalancerClass only services of this class; empty for those without one
   * @param ignoreExcludeLabel {@code --ignore-exclude-lb}
   * @param bgp how it speaks BGP, once there is a BGPPeer
   */
  public record Options(
      Speaker.Settings speaker,
      String loadBalancerClass,
      boolean ignoreExcludeLabel,
      BgpSpeaker.Settings bgp) {
    /** One that accepts no BGP connections. */
    public Options(Speaker.Settings speaker, String loadBalancerClass, boolean ignoreExcludeLabel) {
      this(
          speaker,
          loadBalancerClass,
          ignoreExcludeLabel,
          new BgpSpeaker.Settings(speaker.node(), 0, Duration.ZERO));
    }
  }

  /** Works on a home, in the network namespace of the thread that starts it. */
  public SpeakerRole(ObjectStore home, Options options, InstantSource clock) {
    this(home, options, clock, LinuxNetwork::open);
  }

  SpeakerRole(ObjectStore home, Options options, InstantSource clock, Links links) {
    this.home = home;
    this.options = options;
    this.clock = clock;
    this.links = links;
    this.writes = new WriteBack(home, System::nanoTime);
  }

  /** Where it finds the links of its node. */
  interface Links {
    Network open() throws IOException;
  }

  @Override
  public String name() {
    return "lb-speaker";
  }

  private String node() {
    return options.speaker().node();
  }

  @Override
  public void start(RoleContext context) throws IOException {
    Network network = links.open();
    Speaker starting;
    try {
      starting =
          new Speaker(
              options.speaker(),
              network,
              new Written(),
              new SecureRandom(),
              context.watchedTasks());
    } catch (IOException | RuntimeException e) {
      network.close();
      throw e;
    }
    try {
      starting.start();
    } catch (IOException | RuntimeException e) {
      starting.close();
      throw e;
    }
    speaker = Optional.of(starting);
    BgpSpeaker bgpSpeaker =
        new BgpSpeaker(
            options.bgp(),
            new SecureRandom(),
            new BgpWrites(
                node(),
                writes,
                service ->
                    event(
                        Event.Type.NORMAL,
                        service,
                        "nodeAssigned",
                        "announcing from node \"%s\" with protocol \"bgp\"".formatted(node()))),
            context.watchedTasks());
    bgp = Optional.of(bgpSpeaker);
    BgpMetrics.register(context.metrics(), bgpSpeaker);
    SpeakerMetrics.register(context.metrics(), node(), starting, bgpSpeaker);
    updates.register(context.metrics());
    context.admin().register("lb-speaker", this::answer);
    writer = Optional.of(context.go("lb-speaker-report", writes::run));
    subscription = Optional.of(home.watch(this::follow));
  }

  /** A snapshot that nobody thought of must show in health, and not end the following ones. */
  private void follow(Snapshot snapshot) {
    updates.came();
    Optional<String> now = snapshot.unreadable();
    if (now.isPresent()) {
      // What it held stays in force; of a home that could not be read yet there is nothing.
      updates.failed();
      updates.stale();
      unreadable = now;
      LOG.log(Level.WARNING, now::get);
      return;
    }
    try {
      learn(snapshot);
      unreadable = Optional.empty();
    } catch (RuntimeException e) {
      updates.failed();
      updates.stale();
      unreadable = Optional.of("cannot take in the objects: " + e);
      LOG.log(Level.ERROR, "cannot take in the objects: version=" + snapshot.version(), e);
    }
  }

  /** Takes in a snapshot. Called by one thread at a time. */
  private void learn(Snapshot snapshot) {
    Configuration next = Configuration.read(snapshot, incumbents);
    Speaker learning = speaker.orElseThrow();
    Optional<String> orphan = orphan(snapshot, next, learning);
    if (orphan.isPresent()) {
      // As the original: announced on until the controller has moved it.
      if (!orphan.equals(rejected)) {
        LOG.log(Level.WARNING, () -> "new configuration rejected: " + orphan.get());
        updates.failed();
      }
      updates.stale();
    } else {
      configuration = next;
      incumbents = next.incumbents(incumbents);
      updates.inForce(snapshot, next);
    }
    rejected = orphan;
    learning.learn(
        KnowledgeReader.read(
            configuration,
            snapshot,
            node(),
            options.loadBalancerClass(),
            options.ignoreExcludeLabel()));
    learnBgp(snapshot);
    read = true;
  }

  private void learnBgp(Snapshot snapshot) {
    BgpConfiguration now =
        BgpConfigurationReader.read(snapshot, configuration, bgpConfiguration, _ -> PASSWORDS);
    if (!now.problems().equals(bgpConfiguration.problems())) {
      now.problems().forEach(problem -> LOG.log(Level.WARNING, problem::toString));
    }
    bgpConfiguration = now;
    bgp.orElseThrow()
        .learn(
            BgpKnowledgeReader.read(
                configuration,
                now,
                snapshot,
                node(),
                options.loadBalancerClass(),
                options.ignoreExcludeLabel()));
  }

  /** An address that is announced and still in its status, and that no pool would have any more. */
  private static Optional<String> orphan(Snapshot snapshot, Configuration next, Speaker learning) {
    Set<String> inStatus = new HashSet<>();
    snapshot.all(Service.class).forEach(service -> inStatus.addAll(service.status().ingress()));
    for (Standing standing : learning.standings().values()) {
      if (standing instanceof Standing.Answering answering) {
        for (Address address : answering.addresses()) {
          if (inStatus.contains(address.toString())
              && next.pools().stream().noneMatch(pool -> pool.contains(address))) {
            return Optional.of(
                "%s has %s, which no pool would have; what was in force stays"
                    .formatted(answering.service(), address));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static ObjectKey service(String name) {
    int slash = name.indexOf('/');
    return new ObjectKey("Service", name.substring(0, slash), name.substring(slash + 1));
  }

  private ObjectKey l2Status(String service) {
    return ServiceL2Status.KIND.key(
        "metallb-system", "l2-" + service.replace('/', '-') + "-" + node());
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

  /** Writes to the objects, on a thread of its own, what the speaker reports. */
  private final class Written implements Report {
    @Override
    public void answering(Standing.Answering standing) {
      LOG.log(Level.INFO, () -> "announcing " + standing.service() + " at " + standing.addresses());
      event(
          Event.Type.NORMAL,
          standing.service(),
          "nodeAssigned",
          "announcing from node \"%s\" with protocol \"layer2\"".formatted(node()));
      Map<String, Object> status = new HashMap<>();
      ObjectKey key = service(standing.service());
      status.put("node", node());
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
                  .formatted(address, node())
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
              .formatted(claimant, link, node(), address);
      LOG.log(Level.WARNING, text);
      speaker.ifPresent(s ->
          s.standings().values().stream()
              .filter(standing -> holds(standing, address))
              .forEach(standing ->
                  event(Event.Type.WARNING, standing.service(), "addressConflict", text)));
    }

    private static boolean holds(Standing standing, Address address) {
      return standing instanceof Standing.Answering answering
          && answering.addresses().contains(address);
    }
  }

  private AdminResponse answer(AdminRequest request) {
    String text = explained(request.path());
    return text.isEmpty() && !request.path().isEmpty()
        ? AdminResponse.refusal(404, "this speaker knows no service " + request.path())
        : AdminResponse.text(text);
  }

  /** How this node stands to a service, or to all where none is named, and why. */
  String explained(String wanted) {
    StringBuilder text = new StringBuilder();
    for (Standing standing : speaker.orElseThrow().standings().values()) {
      if (wanted.isEmpty() || standing.service().equals(wanted)) {
        text.append(explain(standing)).append('\n');
      }
    }
    BgpSpeaker sessions = bgp.orElseThrow();
    for (String service : sessions.standings().keySet()) {
      if (wanted.isEmpty() || service.equals(wanted)) {
        sessions.explain(service).ifPresent(told -> text.append(told).append('\n'));
      }
    }
    if (wanted.isEmpty()) {
      text.append(sessions.sessions());
    }
    return text.toString();
  }

  /** A standing as text for a person. */
  static String explain(Standing standing) {
    return switch (standing) {
      case Standing.Answering answering ->
          answering.service()
              + ": announced"
              + (answering.handingOver() ? ", until its successor answers" : "")
              + losers(answering.election());
      case Standing.Silent silent ->
          silent.service()
              + ": not announced: "
              + silent.word()
              + ": "
              + silent.why()
              + silent.election().map(SpeakerRole::losers).orElse("");
    };
  }

  private static String losers(Election election) {
    StringBuilder text = new StringBuilder();
    election.owner().ifPresent(owner -> text.append("\n  owner ").append(owner));
    for (Election.Loser loser : election.losers()) {
      text.append("\n  not ").append(loser.node()).append(": ").append(loser.reason());
    }
    return text.toString();
  }

  /**
   * Who would announce a service with the addresses that were decided, if there were a living
   * speaker on every node.
   */
  public static String foresee(
      Snapshot snapshot, Decision decision, String loadBalancerClass, boolean ignoreExcludeLabel) {
    List<String> ingress = decision.addresses().stream().map(Address::toString).toList();
    List<Stored> objects =
        snapshot.objects().stream()
            .map(stored ->
                stored.object() instanceof Service service
                        && ServiceReader.name(service).equals(decision.service())
                    ? stored.with(service.withIngress(ingress))
                    : stored)
            .toList();
    Snapshot then =
        new Snapshot(snapshot.version(), objects, snapshot.problems(), snapshot.reachable());
    Knowledge knowledge =
        KnowledgeReader.read(
            Configuration.read(then), then, "", loadBalancerClass, ignoreExcludeLabel);
    Set<String> everywhere = new HashSet<>();
    knowledge.nodes().forEach(node -> everywhere.add(node.node()));
    View view = new View("", Heartbeat.Phase.GONE, everywhere, Map.of());
    Plan plan = new Announcer(Duration.ZERO).decide(knowledge, view, 0);
    Standing standing = plan.standings().get(decision.service().toString());
    return switch (standing) {
      case null -> "";
      case Standing.Answering answering -> explain(answering) + "\n";
      case Standing.Silent silent ->
          silent.election().filter(e -> e.owner().isPresent()).isPresent()
              ? "announced:" + silent.election().map(SpeakerRole::losers).orElse("") + "\n"
              : explain(silent) + "\n";
    };
  }

  /** The speaker, while the role runs. */
  public Optional<Speaker> speaker() {
    return speaker;
  }

  @Override
  public List<HealthCheck> health() {
    Optional<String> failed = writes.failing();
    Optional<String> stale = rejected;
    return List.of(
        Updates.objectsRead(unreadable, read),
        stale.isPresent()
            ? HealthCheck.unwell("configuration", HealthCheck.Scope.READY, stale.get())
            : HealthCheck.well("configuration", HealthCheck.Scope.READY, "it is in force"),
        failed.isPresent()
            ? HealthCheck.unwell("objects-written", HealthCheck.Scope.READY, failed.get())
            : HealthCheck.well("objects-written", HealthCheck.Scope.READY, "reports are written"));
  }

  @Override
  public void close() {
    subscription.ifPresent(ObjectStore.Subscription::close);
    bgp.ifPresent(b -> {
      try {
        b.leave();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        b.close();
      }
    });
    speaker.ifPresent(s -> {
      try {
        s.leave();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        s.close();
      }
    });
    writer.ifPresent(Thread::interrupt);
  }
}
