package dev.ballast.loadbalancer.controller;

import dev.ballast.loadbalancer.allocation.Allocation;
import dev.ballast.loadbalancer.allocation.Allocations;
import dev.ballast.loadbalancer.allocation.Claim;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import dev.ballast.loadbalancer.allocation.Notice;
import dev.ballast.loadbalancer.allocation.PoolUse;
import dev.ballast.loadbalancer.allocation.ServiceName;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ConfigurationProblem;
import dev.ballast.loadbalancer.config.ServiceReader;
import dev.ballast.loadbalancer.config.Updates;
import dev.ballast.loadbalancer.resource.ConfigurationState;
import dev.ballast.loadbalancer.resource.IPAddressPool;
import dev.ballast.loadbalancer.resource.L2Advertisement;
import dev.ballast.objects.Event;
import dev.ballast.objects.Namespace;
import dev.ballast.objects.ObjectKey;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import dev.ballast.objects.WriteBack;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleContext;
import dev.ballast.roles.admin.AdminRequest;
import dev.ballast.roles.admin.AdminResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The role {@code lb-controller}: reads the objects, decides on all services, and writes what the
 * objects do not say already. It holds no state that matters: addresses are in the statuses, so
 * that a restart gives every service what it had. One such role at a time in a cluster.
 */
public final class ControllerRole implements Role {
  private static final Logger LOG = System.getLogger(ControllerRole.class.getName());
  private static final String SOURCE = "metallb-controller";

  /** Whose status says whether all pools and advertisements are valid. */
  public static final ObjectKey STATE = ConfigurationState.KIND.key("metallb-system", "controller");

  private final ObjectStore home;
  private final String loadBalancerClass;
  private final InstantSource clock;
  private final Map<ServiceName, List<Notice>> told = new HashMap<>();
  private final WriteBack writes;
  private final Set<String> toldProblems = new HashSet<>();
  private final Updates updates = new Updates();
  private Map<ServiceName, Claim.Terms> settled = Map.of();
  private List<String> incumbents = List.of();
  private volatile Optional<State> state = Optional.empty();
  private volatile Optional<String> unreadable = Optional.empty();
  private volatile Optional<String> failure = Optional.empty();
  private Optional<ObjectStore.Subscription> subscription = Optional.empty();
  private Optional<Thread> writer = Optional.empty();

  /** What was last decided. */
  public record State(Snapshot snapshot, Configuration configuration, Allocations allocations) {}

  /**
   * Works on a home.
   *
   * @param loadBalancerClass only services of this class; empty for those without one
   */
  public ControllerRole(ObjectStore home, String loadBalancerClass, InstantSource clock) {
    this.home = home;
    this.loadBalancerClass = loadBalancerClass;
    this.clock = clock;
    this.writes = new WriteBack(home, System::nanoTime);
  }

  @Override
  public String name() {
    return "lb-controller";
  }

  @Override
  public void start(RoleContext context) {
    ControllerMetrics.register(context.metrics(), () -> state);
    updates.register(context.metrics());
    context.admin().register("lb-controller", this::answer);
    writer = Optional.of(context.go("lb-controller-write", writes::run));
    subscription = Optional.of(home.watch(this::follow));
  }

  /** A snapshot that nobody thought of must show in health, and not end the following ones. */
  private void follow(Snapshot snapshot) {
    try {
      reconcile(snapshot);
    } catch (RuntimeException e) {
      updates.failed();
      updates.stale();
      failure = Optional.of("cannot decide on the objects: " + e);
      LOG.log(Level.ERROR, "cannot decide on the objects: version=" + snapshot.version(), e);
    }
  }

  /** Decides on a snapshot and writes what follows. Called by one thread at a time. */
  void reconcile(Snapshot snapshot) {
    updates.came();
    Optional<String> now = snapshot.unreadable();
    if (now.isPresent()) {
      // Nothing is decided on what can not be seen, and what is there when it comes back may be
      // old.
      writes.forget();
      updates.failed();
      updates.stale();
      unreadable = now;
      return;
    }
    Configuration configuration = Configuration.read(snapshot, incumbents);
    Allocations allocations =
        Allocation.decide(allocationSnapshot(snapshot, configuration, loadBalancerClass, settled));
    incumbents = configuration.incumbents(incumbents);
    settled = allocations.settled();
    state = Optional.of(new State(snapshot, configuration, allocations));
    updates.inForce(snapshot, configuration);
    unreadable = Optional.empty();
    write(snapshot, configuration, allocations);
    failure = Optional.empty();
    writes.flush();
    if (writes.failing().isPresent()) {
      updates.failed();
    }
  }

  /** What would be decided on a service if a controller started now; nothing is written. */
  public static Optional<Decision> decide(
      Snapshot snapshot, String loadBalancerClass, String service) {
    return Allocation.decide(
            allocationSnapshot(snapshot, Configuration.read(snapshot), loadBalancerClass, Map.of()))
        .of(ServiceName.parse(service));
  }

  private static dev.ballast.loadbalancer.allocation.Snapshot allocationSnapshot(
      Snapshot snapshot,
      Configuration configuration,
      String loadBalancerClass,
      Map<ServiceName, Claim.Terms> settled) {
    Map<String, Map<String, String>> namespaces = new HashMap<>();
    for (Namespace namespace : snapshot.all(Namespace.class)) {
      namespaces.put(namespace.metadata().name(), namespace.metadata().labels());
    }
    return new dev.ballast.loadbalancer.allocation.Snapshot(
        configuration.pools(),
        configuration.pausedPools(),
        snapshot.all(Service.class).stream().map(ServiceReader::claim).toList(),
        namespaces,
        loadBalancerClass,
        settled);
  }

  private void write(Snapshot snapshot, Configuration configuration, Allocations allocations) {
    Map<ServiceName, Service> services = new HashMap<>();
    Map<ServiceName, List<String>> ingress = new HashMap<>();
    for (Service service : snapshot.all(Service.class)) {
      services.put(ServiceReader.name(service), service);
      ingress.put(ServiceReader.name(service), service.status().ingress());
    }
    Reconciliation plan = Reconciliation.of(allocations, ingress, Map.of(), told);
    Map<String, Set<ServiceName>> leavers = plan.leavers();
    for (Reconciliation.Write write : plan.writes()) {
      Set<ObjectKey> after = new HashSet<>();
      write.after(leavers).forEach(leaving -> after.add(key(leaving, services)));
      status(services, write.service(), allocations)
          .ifPresent(status -> writes.statusAfter(key(write.service(), services), status, after));
      LOG.log(
          Level.INFO,
          () -> "service " + write.service() + " has " + write.addresses() + " of " + write.pool());
    }
    // The conditions of those that keep their addresses may have changed.
    for (Decision decision : allocations.decisions()) {
      if (!(decision.verdict() instanceof Verdict.NotOurs)) {
        status(services, decision.service(), allocations)
            .ifPresent(status -> writes.status(key(decision.service(), services), status));
      }
    }
    for (Reconciliation.Event event : plan.events()) {
      Service service = services.get(event.service());
      if (service != null) {
        event(service.key(), event.notice());
      }
    }
    deprecated(plan, services);
    told.clear();
    allocations.decisions().forEach(d -> told.put(d.service(), d.notices()));
    forgetDeleted(snapshot);
    poolStatus(snapshot, configuration, allocations);
    advertisementStatus(snapshot, configuration);
    problems(configuration);
  }

  /** The key as the manifest has it. */
  private static ObjectKey key(ServiceName name, Map<ServiceName, Service> services) {
    Service service = services.get(name);
    return service == null
        ? new ObjectKey("Service", name.namespace(), name.name())
        : service.key();
  }

  /**
   * A status goes with its object: one who comes under that name later must not be taken for who
   * held its address.
   */
  private void forgetDeleted(Snapshot snapshot) {
    Set<ObjectKey> present = new HashSet<>();
    snapshot.objects().forEach(stored -> present.add(stored.object().key()));
    present.add(STATE);
    for (ObjectKey key : writes.written()) {
      if (!present.contains(key)) {
        writes.remove(key);
      }
    }
  }

  /** Says of a service that changes that it uses annotations of the old name. */
  private void deprecated(Reconciliation plan, Map<ServiceName, Service> services) {
    for (Reconciliation.Write write : plan.writes()) {
      Service service = services.get(write.service());
      if (service != null) {
        for (String key : ServiceReader.deprecated(service)) {
          event(
              service.key(),
              Notice.warning("deprecatedAnnotation", "Service uses deprecated annotation " + key));
        }
      }
    }
  }

  private static Optional<Map<String, Object>> status(
      Map<ServiceName, Service> services, ServiceName name, Allocations allocations) {
    Service service = services.get(name);
    if (service == null) {
      return Optional.empty();
    }
    Decision decision = allocations.of(name).orElseThrow();
    List<Map<String, Object>> ingress = new ArrayList<>();
    decision.addresses().forEach(address -> ingress.add(Map.of("ip", address.toString())));
    Map<String, Object> balancer = new LinkedHashMap<>();
    balancer.put("ingress", ingress);
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("loadBalancer", balancer);
    if (decision.verdict() instanceof Verdict.Cleared && service.status().ingress().isEmpty()) {
      return Optional.empty();
    }
    status.put("conditions", List.of(condition(decision)));
    return Optional.of(status);
  }

  private static Map<String, Object> condition(Decision decision) {
    return switch (decision.verdict()) {
      case Verdict.Given given ->
          Statuses.condition(
              "ballast.dev/AddressAllocated",
              true,
              "IPAllocated",
              "of pool " + given.pool() + ": " + given.because());
      case Verdict.Refused(String why) ->
          Statuses.condition("ballast.dev/AddressAllocated", false, "AllocationFailed", why);
      case Verdict.Undecided(_, String why) ->
          Statuses.condition("ballast.dev/AddressAllocated", false, "LoadBalancerFailed", why);
      case Verdict.Cleared(String reason) ->
          Statuses.condition("ballast.dev/AddressAllocated", false, reason, reason);
      case Verdict.NotOurs(String why) ->
          Statuses.condition("ballast.dev/AddressAllocated", false, "NotOurs", why);
    };
  }

  private void poolStatus(Snapshot snapshot, Configuration configuration, Allocations allocations) {
    Map<String, PoolUse> uses = new HashMap<>();
    allocations.pools().forEach(use -> uses.put(use.pool(), use));
    for (Stored stored : snapshot.objects()) {
      if (stored.object() instanceof IPAddressPool pool) {
        Map<String, Object> status = new LinkedHashMap<>();
        PoolUse use = uses.get(pool.metadata().name());
        // Of a pool that is not in force as well: the original's definition requires all four.
        status.put("assignedIPv4", use == null ? 0L : use.assignedIpv4());
        status.put("assignedIPv6", use == null ? 0L : use.assignedIpv6());
        status.put("availableIPv4", use == null ? 0L : use.availableIpv4());
        status.put("availableIPv6", use == null ? 0L : use.availableIpv6());
        status.put("conditions", List.of(validity(configuration, pool.key())));
        writes.status(pool.key(), status);
      }
    }
  }

  private void advertisementStatus(Snapshot snapshot, Configuration configuration) {
    for (L2Advertisement advertisement : snapshot.all(L2Advertisement.class)) {
      writes.status(
          advertisement.key(),
          Map.of("conditions", List.of(validity(configuration, advertisement.key()))));
    }
  }

  private static Map<String, Object> validity(Configuration configuration, ObjectKey key) {
    List<String> wrong =
        configuration.problems().stream()
            .filter(problem -> problem.about().equals(key))
            .map(ConfigurationProblem::toString)
            .toList();
    return wrong.isEmpty()
        ? Statuses.condition("ballast.dev/Valid", true, "Reconciled", "")
        : Statuses.condition(
            "ballast.dev/Valid", false, "ConfigurationError", String.join("\n", wrong));
  }

  private void problems(Configuration configuration) {
    Set<String> now = new HashSet<>();
    for (ConfigurationProblem problem : configuration.problems()) {
      now.add(problem.toString());
      if (toldProblems.add(problem.toString())) {
        LOG.log(Level.WARNING, problem::toString);
        event(problem.about(), Notice.warning("ConfigurationError", problem.toString()));
      }
    }
    for (String former : toldProblems.stream().filter(told -> !now.contains(told)).toList()) {
      LOG.log(Level.INFO, () -> "no longer: " + former);
    }
    toldProblems.retainAll(now);
    Snapshot snapshot = state.orElseThrow().snapshot();
    List<String> texts = new ArrayList<>();
    snapshot.problems().stream()
        .filter(problem -> problem.severity() == Problem.Severity.ERROR)
        .forEach(problem -> texts.add(problem.toString()));
    configuration.problems().forEach(problem -> texts.add(problem.toString()));
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("result", texts.isEmpty() ? "Valid" : "Invalid");
    status.put("errorSummary", String.join("\n", texts));
    status.put(
        "conditions",
        List.of(
            Statuses.condition(
                "poolReconcilerValid",
                texts.isEmpty(),
                texts.isEmpty() ? "Reconciled" : "ConfigurationError",
                String.join("\n", texts))));
    writes.status(STATE, status);
  }

  private void event(ObjectKey about, Notice notice) {
    writes.event(
        Event.of(
            notice.warning() ? Event.Type.WARNING : Event.Type.NORMAL,
            about,
            notice.reason(),
            notice.message(),
            SOURCE,
            clock.instant()));
  }

  private AdminResponse answer(AdminRequest request) {
    Optional<State> now = state;
    if (now.isEmpty()) {
      return AdminResponse.refusal(409, "nothing was decided yet");
    }
    if (request.path().isEmpty()) {
      StringBuilder all = new StringBuilder();
      now.get()
          .allocations()
          .decisions()
          .forEach(decision -> all.append(Explanation.line(decision)).append('\n'));
      return AdminResponse.text(all.toString());
    }
    ServiceName name = ServiceName.parse(request.path());
    return now.get()
        .allocations()
        .of(name)
        .map(decision -> AdminResponse.text(Explanation.of(decision)))
        .orElseGet(() -> AdminResponse.refusal(404, "there is no service " + name));
  }

  @Override
  public List<HealthCheck> health() {
    Optional<String> failed = failure.or(writes::failing);
    return List.of(
        Updates.objectsRead(unreadable, state.isPresent()),
        failed.isPresent()
            ? HealthCheck.unwell("objects-written", HealthCheck.Scope.READY, failed.get())
            : HealthCheck.well(
                "objects-written", HealthCheck.Scope.READY, "what was decided is written"));
  }

  /** What was last decided; nothing before the first time. */
  public Optional<State> state() {
    return state;
  }

  @Override
  public void close() {
    subscription.ifPresent(ObjectStore.Subscription::close);
    writer.ifPresent(Thread::interrupt);
  }
}
