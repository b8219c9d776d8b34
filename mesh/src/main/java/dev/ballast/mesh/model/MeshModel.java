package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.DestinationRule;
import dev.ballast.mesh.resource.PeerAuthentication;
import dev.ballast.mesh.resource.ServiceEntry;
import dev.ballast.mesh.resource.Sidecar;
import dev.ballast.mesh.resource.VirtualService;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The mesh at one moment. Immutable, and a pure function of the objects; one that follows another
 * shares each service whose objects are the same, so that what was generated from it stays.
 */
public final class MeshModel {
  /** The domain of Kubernetes' services. */
  public static final String DOMAIN = "cluster.local";

  private final MeshConfig config;
  private final List<MeshService> services;
  private final Map<String, List<MeshService>> byHost;
  private final List<VirtualService> virtualServices;
  private final Map<String, List<DestinationRule>> exactRules;
  private final List<DestinationRule> wildcardRules;
  private final List<Sidecar> sidecars;
  private final List<PeerAuthentication> peerAuthentications;
  private final Allocation allocation;
  private final ServiceSources sources;
  private final List<Problem> problems;
  private final long version;
  private final boolean labelRules;

  private MeshModel(
      Snapshot snapshot, Optional<MeshModel> before, Map<String, List<String>> remembered) {
    MeshConfig.Read read = MeshConfig.read(snapshot);
    version = snapshot.version();
    config = read.config();
    problems = read.problems();
    allocation = Allocation.of(snapshot.all(ServiceEntry.class), remembered);
    sources = new ServiceSources(snapshot, allocation, before.map(each -> each.sources));
    services = sources.services();
    byHost = new HashMap<>();
    services.forEach(
        each -> byHost.computeIfAbsent(each.host(), _ -> new ArrayList<>(1)).add(each));
    virtualServices = oldestFirst(snapshot.all(VirtualService.class));
    exactRules = new HashMap<>();
    wildcardRules = new ArrayList<>();
    for (DestinationRule rule : oldestFirst(snapshot.all(DestinationRule.class))) {
      String host = Hosts.resolve(rule.spec().host(), rule.metadata().namespace(), DOMAIN);
      if (Hosts.isWildcard(host)) {
        wildcardRules.add(rule);
      } else {
        exactRules.computeIfAbsent(host, _ -> new ArrayList<>(1)).add(rule);
      }
    }
    labelRules =
        virtualServices.stream().anyMatch(MeshModel::choosesByLabels)
            || snapshot.all(DestinationRule.class).stream()
                .anyMatch(each -> each.spec().selector().isPresent());
    sidecars = oldestFirst(snapshot.all(Sidecar.class));
    peerAuthentications = oldestFirst(snapshot.all(PeerAuthentication.class));
  }

  /** Reads a snapshot. */
  public static MeshModel of(Snapshot snapshot) {
    return of(snapshot, Map.of());
  }

  /**
   * Reads a snapshot.
   *
   * @param remembered the addresses that hosts had before
   */
  public static MeshModel of(Snapshot snapshot, Map<String, List<String>> remembered) {
    return new MeshModel(snapshot, Optional.empty(), remembered);
  }

  /** Reads the next snapshot of the same home. */
  public MeshModel next(Snapshot snapshot) {
    return new MeshModel(snapshot, Optional.of(this), allocation.all());
  }

  static <T extends KubernetesObject> List<T> oldestFirst(List<T> objects) {
    List<T> sorted = new ArrayList<>(objects);
    sorted.sort(byAge(KubernetesObject::metadata));
    return sorted;
  }

  private static <T> Comparator<T> byAge(Function<T, dev.ballast.objects.Metadata> metadata) {
    return Comparator.comparing((T each) -> metadata.apply(each).created())
        .thenComparing(each -> metadata.apply(each).name())
        .thenComparing(each -> metadata.apply(each).namespace());
  }

  public MeshConfig config() {
    return config;
  }

  /** Returns the version of the snapshot. */
  public long version() {
    return version;
  }

  /** Returns all services, the oldest first. */
  public List<MeshService> services() {
    return services;
  }

  /** Returns the services of a name, the oldest first. */
  public List<MeshService> services(String host) {
    return byHost.getOrDefault(host, List.of());
  }

  /** Returns the services whose endpoint has an address. */
  public List<MeshService> servicesAt(String address) {
    return sources.at(address);
  }

  /** Returns all rules of routing, the oldest first. */
  public List<VirtualService> virtualServices() {
    return virtualServices;
  }

  public Allocation allocation() {
    return allocation;
  }

  /** Returns what is wrong with the configuration of the mesh. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * Returns the rules for a host that count for a proxy, the oldest first: those of the proxy's
   * namespace, else of the service's, else of the root namespace; an exact host before wildcards.
   */
  public List<DestinationRule> rules(
      String host, String serviceNamespace, String proxyNamespace, Map<String, String> labels) {
    for (String namespace : List.of(proxyNamespace, serviceNamespace, config.rootNamespace())) {
      List<DestinationRule> found = new ArrayList<>();
      for (DestinationRule rule : exactRules.getOrDefault(host, List.of())) {
        if (counts(rule, namespace, proxyNamespace, labels)) {
          found.add(rule);
        }
      }
      if (found.isEmpty()) {
        wildcardRules.stream()
            .filter(rule ->
                Hosts.covers(rule.spec().host(), host)
                    && counts(rule, namespace, proxyNamespace, labels))
            .max(Comparator.comparingInt(rule -> rule.spec().host().length()))
            .ifPresent(found::add);
      }
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private static boolean counts(
      DestinationRule rule, String namespace, String proxyNamespace, Map<String, String> labels) {
    String own = rule.metadata().namespace();
    var exportTo = rule.spec().exportTo();
    return own.equals(namespace)
        && (exportTo.isEmpty() || exportTo.contains("*") || exportTo.contains(proxyNamespace))
        && rule.spec()
            .selector()
            .map(wanted ->
                own.equals(proxyNamespace) && labels.entrySet().containsAll(wanted.entrySet()))
            .orElse(true);
  }

  /** Returns the Sidecar of a proxy: by its labels, else of its namespace, else of the root's. */
  public Optional<Sidecar> sidecar(String namespace, Map<String, String> labels) {
    Optional<Sidecar> selected =
        sidecars.stream()
            .filter(each ->
                each.metadata().namespace().equals(namespace)
                    && each.spec()
                        .selector()
                        .map(wanted -> labels.entrySet().containsAll(wanted.entrySet()))
                        .orElse(false))
            .findFirst();
    return selected.or(() -> unselective(namespace)).or(() -> unselective(config.rootNamespace()));
  }

  private Optional<Sidecar> unselective(String namespace) {
    return sidecars.stream()
        .filter(each ->
            each.metadata().namespace().equals(namespace) && each.spec().selector().isEmpty())
        .findFirst();
  }

  /** Whether Sidecars choose by labels in a namespace. */
  public boolean hasSelectiveSidecars(String namespace) {
    return sidecars.stream()
        .anyMatch(each ->
            each.metadata().namespace().equals(namespace) && each.spec().selector().isPresent());
  }

  /** Whether rules choose the proxies that they count for by labels. */
  public boolean hasLabelRules() {
    return labelRules;
  }

  private static boolean choosesByLabels(VirtualService rule) {
    return rule.spec().http().stream()
            .flatMap(each -> each.match().stream())
            .anyMatch(each -> !each.where().sourceLabels().isEmpty())
        || rule.spec().tls().stream()
            .flatMap(each -> each.match().stream())
            .anyMatch(each -> !each.where().sourceLabels().isEmpty())
        || rule.spec().tcp().stream()
            .flatMap(each -> each.match().stream())
            .anyMatch(each -> !each.where().sourceLabels().isEmpty());
  }

  /** Returns what a workload takes on a port: port, workload, namespace, mesh, in this order. */
  public PeerAuthentication.Mode peerMode(String namespace, Map<String, String> labels, int port) {
    return PeerModes.of(peerAuthentications, config.rootNamespace(), namespace, labels, port);
  }
}
