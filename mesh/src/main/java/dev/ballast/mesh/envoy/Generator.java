package dev.ballast.mesh.envoy;

import com.google.protobuf.Message;
import dev.ballast.mesh.model.Finding;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.DestinationRule;
import dev.ballast.mesh.resource.PeerAuthentication;
import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.TrafficPolicy;
import dev.ballast.objects.ObjectKey;
import dev.ballast.xds.EncodedResource;
import dev.ballast.xds.ResourceSet;
import dev.ballast.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the configuration of proxies. The outcome depends on the model and the proxy alone; what
 * was made for the model before is used again where its objects are the same. One thread at a time.
 */
public final class Generator {
  private final Map<Traits, Shared> shared = new HashMap<>();

  /** What proxies with the same traits have in common, and how it was made. */
  private static final class Shared {
    private final Memo memo = new Memo();
    private Optional<MeshModel> model = Optional.empty();
    private Optional<Outbound> outbound = Optional.empty();
    private Optional<Scope> scope = Optional.empty();
  }

  /** The outbound part. */
  private record Outbound(
      Map<ResourceType, Map<String, EncodedResource>> resources,
      Map<String, ObjectKey> sources,
      List<Finding> findings,
      Set<String> secrets) {}

  /**
   * What was made for a proxy.
   *
   * @param sources the object that each resource comes from, by {@code TYPE NAME}
   */
  public record Generated(
      ResourceSet resources, Scope scope, Map<String, ObjectKey> sources, List<Finding> findings) {}

  /** Makes the configuration of one proxy. */
  public Generated generate(MeshModel model, Proxy proxy) {
    boolean labelsMatter = labelsMatter(model, proxy.namespace());
    var sidecar = model.sidecar(proxy.namespace(), proxy.labels());
    Scope fresh = null;
    var mode = sidecar.flatMap(each -> each.spec().outbound()).orElse(model.config().outbound());
    Traits traits = Traits.of(proxy, labelsMatter, mode);
    Shared part = shared.computeIfAbsent(traits, _ -> new Shared());
    if (part.model.isEmpty() || part.model.get() != model) {
      fresh = Scope.of(model, proxy.namespace(), sidecar);
      part.memo.turn();
      part.outbound = Optional.of(outbound(fresh, traits, part.memo));
      part.model = Optional.of(model);
      part.scope = Optional.of(fresh);
    }
    Outbound outbound = part.outbound.orElseThrow();
    Scope scope = part.scope.orElseThrow();
    if (proxy.isProxyless()) {
      return new Generated(
          ResourceSet.of(outbound.resources()), scope, outbound.sources(), outbound.findings());
    }
    return whole(model, proxy, traits, scope, outbound);
  }

  /** Forgets what no proxy needs any more. */
  public void forget(Set<MeshModel> current) {
    shared.values().removeIf(each -> each.model.isEmpty() || !current.contains(each.model.get()));
  }

  private static boolean labelsMatter(MeshModel model, String namespace) {
    return model.hasSelectiveSidecars(namespace) || model.hasLabelRules();
  }

  private static Generated whole(
      MeshModel model, Proxy proxy, Traits traits, Scope scope, Outbound outbound) {
    Clusters clusters =
        new Clusters(traits, model.config().trustDomain(), model.config().autoMtls());
    List<Finding> findings = new ArrayList<>(outbound.findings());
    InboundListener inbound = new InboundListener(model, proxy, clusters, findings::add);
    Map<ResourceType, Map<String, EncodedResource>> all = new EnumMap<>(ResourceType.class);
    all.putAll(outbound.resources());
    Map<String, EncodedResource> allClusters =
        new LinkedHashMap<>(all.getOrDefault(ResourceType.CLUSTER, Map.of()));
    for (Cluster cluster : inbound.clusters()) {
      put(allClusters, ResourceType.CLUSTER, cluster.getName(), cluster);
    }
    all.put(ResourceType.CLUSTER, allClusters);
    Set<String> secrets = new LinkedHashSet<>(outbound.secrets());
    if (proxy.interception() != Proxy.Interception.NONE) {
      Map<String, EncodedResource> listeners =
          new LinkedHashMap<>(all.getOrDefault(ResourceType.LISTENER, Map.of()));
      put(listeners, ResourceType.LISTENER, Names.VIRTUAL_INBOUND, inbound.listener());
      all.put(ResourceType.LISTENER, listeners);
    }
    proxy
        .serverFiles()
        .ifPresent(files -> {
          secrets.add("file-cert:" + files.certificateChain() + "~" + files.key());
          secrets.add("file-root:" + files.root());
        });
    if (!proxy.hasAgent()) {
      Map<String, EncodedResource> named = new LinkedHashMap<>();
      secrets.forEach(name -> Secrets.of(name).ifPresent(each -> named.put(name, each)));
      all.put(ResourceType.SECRET, named);
    }
    return new Generated(ResourceSet.of(all), scope, outbound.sources(), findings);
  }

  private static void put(
      Map<String, EncodedResource> into, ResourceType type, String name, Message message) {
    into.put(name, EncodedResource.of(type, name, message));
  }

  private static Outbound outbound(Scope scope, Traits traits, Memo memo) {
    if (traits.proxyless()) {
      return proxyless(scope, traits);
    }
    List<Finding> findings = new ArrayList<>();
    Map<String, ObjectKey> sources = new HashMap<>();
    Set<String> secrets = new LinkedHashSet<>();
    MeshModel model = scope.model();
    Clusters clusters =
        new Clusters(traits, model.config().trustDomain(), model.config().autoMtls());
    Map<String, HostPolicy> policies = new HashMap<>();
    Map<String, EncodedResource> clusterResources = new LinkedHashMap<>();
    Map<String, EncodedResource> endpointResources = new LinkedHashMap<>();
    for (MeshService service : scope.services()) {
      HostPolicy policy = policy(scope, traits, service);
      policies.put(service.host(), policy);
      for (MeshPort port : service.ports()) {
        if (port.protocol().kind() != Protocol.Kind.UDP) {
          clusters(
              scope,
              traits,
              memo,
              clusters,
              service,
              port,
              policy,
              clusterResources,
              endpointResources,
              sources,
              secrets);
        }
      }
    }
    put(clusterResources, ResourceType.CLUSTER, Names.BLACK_HOLE, Clusters.blackHole());
    put(clusterResources, ResourceType.CLUSTER, Names.PASSTHROUGH, clusters.passthrough());
    RouteRules rules =
        new RouteRules(
            scope,
            traits,
            service ->
                policies.computeIfAbsent(service.host(), _ -> policy(scope, traits, service)));
    OutboundListeners listeners = new OutboundListeners(scope, traits, rules, findings::add);
    Map<String, EncodedResource> listenerResources = new LinkedHashMap<>();
    for (Listener listener : listeners.listeners()) {
      listenerResources.put(
          listener.getName(), encoded(memo, ResourceType.LISTENER, listener.getName(), listener));
    }
    Map<String, EncodedResource> routeResources =
        routes(scope, traits, memo, new Routes(scope, traits, rules, memo));
    Map<String, EncodedResource> names = new LinkedHashMap<>();
    EncodedResource table =
        EncodedResource.of(
            ResourceType.NAME_TABLE,
            "",
            NameTables.encode(NameTables.of(scope.services(), traits.resolvesNames())));
    names.put("", table);
    Map<ResourceType, Map<String, EncodedResource>> all = new EnumMap<>(ResourceType.class);
    all.put(ResourceType.CLUSTER, clusterResources);
    all.put(ResourceType.ENDPOINT, endpointResources);
    all.put(ResourceType.LISTENER, listenerResources);
    all.put(ResourceType.ROUTE, routeResources);
    all.put(ResourceType.NAME_TABLE, names);
    return new Outbound(all, sources, findings, secrets);
  }

  private static HostPolicy policy(Scope scope, Traits traits, MeshService service) {
    return HostPolicy.of(
        scope
            .model()
            .rules(service.host(), service.namespace(), traits.namespace(), traits.labels()));
  }

  private static void clusters(
      Scope scope,
      Traits traits,
      Memo memo,
      Clusters clusters,
      MeshService service,
      MeshPort port,
      HostPolicy policy,
      Map<String, EncodedResource> clusterResources,
      Map<String, EncodedResource> endpointResources,
      Map<String, ObjectKey> sources,
      Set<String> secrets) {
    PeerAuthentication.Mode peerMode =
        service.external()
            ? PeerAuthentication.Mode.DISABLE
            : scope.model().peerMode(service.namespace(), Map.of(), 0);
    List<Object> inputs = new ArrayList<>();
    inputs.add(service);
    inputs.add(peerMode);
    inputs.add(scope.model().config());
    inputs.addAll(policy.rules());
    List<Optional<HostPolicy.Subset>> parts = new ArrayList<>();
    parts.add(Optional.empty());
    policy.subsets().forEach(each -> parts.add(Optional.of(each)));
    for (Optional<HostPolicy.Subset> part : parts) {
      String subset = part.map(each -> each.subset().name()).orElse("");
      String name = Names.outbound(port.number(), subset, service.host());
      Optional<EncodedResource> cluster =
          memo.get(
              "cluster " + name,
              inputs,
              () ->
                  clusters
                      .outbound(service, port, policy, part, peerMode)
                      .map(each -> EncodedResource.of(ResourceType.CLUSTER, name, each)));
      if (cluster.isEmpty()) {
        continue;
      }
      clusterResources.putIfAbsent(name, cluster.get());
      sources.put(ResourceType.CLUSTER + " " + name, service.source());
      TrafficPolicy traffic =
          part.map(each -> policy.ofPort(each, port.number()))
              .orElseGet(() -> policy.ofPort(port.number()));
      secrets(traffic, secrets);
      if (Clusters.type(service, traffic) == DiscoveryType.EDS) {
        Map<String, String> labels = part.map(each -> each.subset().labels()).orElse(Map.of());
        endpointResources.putIfAbsent(
            name,
            memo.get(
                "endpoints " + name,
                inputs,
                () ->
                    EncodedResource.of(
                        ResourceType.ENDPOINT,
                        name,
                        Endpoints.of(name, service, port, labels, traits.cluster(), true))));
      }
    }
    traits
        .clientFiles()
        .ifPresent(files -> {
          secrets.add("file-cert:" + files.certificateChain() + "~" + files.key());
          secrets.add("file-root:" + files.root());
        });
  }

  private static void secrets(TrafficPolicy policy, Set<String> secrets) {
    policy
        .tls()
        .ifPresent(tls -> {
          secrets.add(
              "file-root:" + (tls.caCertificates().isEmpty() ? "system" : tls.caCertificates()));
          if (!tls.clientCertificate().isEmpty()) {
            secrets.add("file-cert:" + tls.clientCertificate() + "~" + tls.privateKey());
          }
        });
  }

  private static Map<String, EncodedResource> routes(
      Scope scope, Traits traits, Memo memo, Routes routes) {
    Map<String, EncodedResource> resources = new LinkedHashMap<>();
    Routes.sharedPorts(scope.services(), traits.resolvesNames())
        .forEach((port, services) -> {
          RouteConfiguration configuration = routes.ofPort(port, services);
          resources.put(
              configuration.getName(),
              encoded(memo, ResourceType.ROUTE, configuration.getName(), configuration));
        });
    for (MeshService service : scope.services()) {
      for (MeshPort port : service.ports()) {
        if (port.protocol() == Protocol.AUTO
            && OutboundListeners.hasOwnAddress(service, traits.resolvesNames())) {
          RouteConfiguration configuration = routes.ofService(service, port);
          resources.put(
              configuration.getName(),
              encoded(memo, ResourceType.ROUTE, configuration.getName(), configuration));
        }
      }
    }
    return resources;
  }

  private static EncodedResource encoded(
      Memo memo, ResourceType type, String name, Message message) {
    Message same = memo.get("message " + type + name, List.of(message), () -> message);
    return memo.get(
        "encoded " + type + name, List.of(same), () -> EncodedResource.of(type, name, same));
  }

  private static Outbound proxyless(Scope scope, Traits traits) {
    return new Outbound(ProxylessResources.of(scope, traits), new HashMap<>(), List.of(), Set.of());
  }

  /** The rules that count for a host, for explanations. */
  public static List<DestinationRule> rules(Scope scope, Proxy proxy, MeshService service) {
    return scope
        .model()
        .rules(service.host(), service.namespace(), proxy.namespace(), proxy.labels());
  }
}
