package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.bgp.advertising.BgpConfiguration;
import dev.ballast.loadbalancer.bgp.advertising.BgpConfigurationReader;
import dev.ballast.loadbalancer.bgp.speaker.BgpKnowledgeReader;
import dev.ballast.loadbalancer.bgp.speaker.BgpMetrics;
import dev.ballast.loadbalancer.bgp.speaker.BgpSpeaker;
import dev.ballast.loadbalancer.bgp.speaker.BgpWrites;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.Updates;
import dev.ballast.objects.Node;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The role {@code lb-speaker}: a {@link Speaker} that learns from the objects and reports there.
 */
public final class SpeakerRole implements Role {
  private static final Logger LOG = System.getLogger(SpeakerRole.class.getName());
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
  private volatile List<String> nodesWithoutAddress = List.of();
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
    SpeakerReports reports =
        new SpeakerReports(
            node(), home, writes, clock, () -> speaker.map(Speaker::standings).orElse(Map.of()));
    Speaker starting;
    try {
      starting =
          new Speaker(
              options.speaker(), network, reports, new SecureRandom(), context.watchedTasks());
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
            new BgpWrites(node(), writes, service -> reports.assigned(service, "bgp")),
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
    nodesWithoutAddress(snapshot);
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

  /** Two speakers that cannot hear each other would both own everything. */
  private void nodesWithoutAddress(Snapshot snapshot) {
    List<String> now =
        snapshot.all(Node.class).size() < 2
            ? List.of()
            : snapshot.all(Node.class).stream()
                .filter(node -> node.internalAddress().flatMap(Address::parse).isEmpty())
                .map(node -> node.metadata().name())
                .sorted()
                .toList();
    if (!now.equals(nodesWithoutAddress) && !now.isEmpty()) {
      LOG.log(
          Level.WARNING,
          () -> "nodes without InternalIP announce nothing, since they cannot be heard: " + now);
    }
    nodesWithoutAddress = now;
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
        text.append(StandingText.of(standing)).append('\n');
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
        able(),
        neighbourhood(),
        failed.isPresent()
            ? HealthCheck.unwell("objects-written", HealthCheck.Scope.READY, failed.get())
            : HealthCheck.well("objects-written", HealthCheck.Scope.READY, "reports are written"));
  }

  private HealthCheck able() {
    String name = "announcing";
    return speaker
        .flatMap(Speaker::unable)
        .map(why -> HealthCheck.unwell(name, HealthCheck.Scope.READY, why))
        .orElse(HealthCheck.well(name, HealthCheck.Scope.READY, "it can announce"));
  }

  private HealthCheck neighbourhood() {
    String name = "other-speakers";
    if (!nodesWithoutAddress.isEmpty()) {
      return HealthCheck.unwell(
          name,
          HealthCheck.Scope.READY,
          "these nodes have no InternalIP, so that their speakers cannot be heard: "
              + nodesWithoutAddress
              + "; set status.addresses of their Node objects");
    }
    return speaker
        .flatMap(s -> s.view().unheardBy())
        .map(other ->
            HealthCheck.unwell(
                name,
                HealthCheck.Scope.READY,
                "the speaker of " + other + " does not hear this one; let its UDP heartbeats pass"))
        .orElse(HealthCheck.well(name, HealthCheck.Scope.READY, "nobody misses this one"));
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
