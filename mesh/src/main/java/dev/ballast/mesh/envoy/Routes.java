package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import dev.ballast.mesh.model.Hosts;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.VirtualService;
import io.envoyproxy.envoy.config.route.v3.Decorator;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Route configurations: which request of HTTP goes to which cluster. */
final class Routes {
  private static final int LARGEST_DIRECT_RESPONSE = 1 << 20;
  private static final int DEFAULT_HTTP_PORT = 80;

  private final Scope scope;
  private final Traits traits;
  private final RouteRules rules;
  private final Memo memo;
  private final Map<String, VirtualService> exact = new HashMap<>();
  private final Map<String, VirtualService> wildcards = new TreeMap<>();

  Routes(Scope scope, Traits traits, RouteRules rules, Memo memo) {
    this.scope = scope;
    this.traits = traits;
    this.rules = rules;
    this.memo = memo;
    for (VirtualService rule : scope.virtualServices()) {
      if (rule.spec().http().isEmpty()) {
        continue;
      }
      for (String written : rule.spec().hosts()) {
        String host = Hosts.resolve(written, rule.metadata().namespace(), MeshModel.DOMAIN);
        (Hosts.isWildcard(host) ? wildcards : exact).putIfAbsent(host, rule);
      }
    }
  }

  /** Returns the rules of a host: the oldest that names it, else the longest wildcard. */
  Optional<VirtualService> rulesOf(String host) {
    VirtualService named = exact.get(host);
    if (named != null) {
      return Optional.of(named);
    }
    return wildcards.entrySet().stream()
        .filter(each -> Hosts.covers(each.getKey(), host))
        .max(java.util.Comparator.comparingInt(each -> each.getKey().length()))
        .map(Map.Entry::getValue);
  }

  /** Makes the configuration of a port that services share. */
  RouteConfiguration ofPort(int number, Collection<MeshService> services) {
    Map<String, VirtualHost> hosts = new TreeMap<>();
    Set<String> taken = new HashSet<>();
    for (MeshService service : services) {
      Optional<MeshPort> port = service.port(number);
      if (port.isEmpty()) {
        continue;
      }
      Optional<VirtualService> rule = rulesOf(service.host());
      VirtualHost built =
          memo.get(
              "vhost " + number + " " + service.host(),
              inputs(service, rule),
              () -> virtualHost(service, port.get(), rule, false));
      VirtualHost unique = withoutTaken(built, taken);
      if (unique.getDomainsCount() > 0) {
        hosts.put(unique.getName(), unique);
      }
    }
    if (number == DEFAULT_HTTP_PORT) {
      for (var entry : exact.entrySet()) {
        addHostWithoutService(entry.getKey(), entry.getValue(), hosts, taken);
      }
      for (var entry : wildcards.entrySet()) {
        addHostWithoutService(entry.getKey(), entry.getValue(), hosts, taken);
      }
    }
    List<VirtualHost> all = new ArrayList<>(hosts.values());
    all.add(catchAll());
    return configuration(Integer.toString(number), all);
  }

  private static List<Object> inputs(MeshService service, Optional<VirtualService> rule) {
    List<Object> inputs = new ArrayList<>();
    inputs.add(service);
    rule.ifPresent(inputs::add);
    return inputs;
  }

  private void addHostWithoutService(
      String host, VirtualService rule, Map<String, VirtualHost> hosts, Set<String> taken) {
    if (scope.service(host).isPresent() || taken.contains(host)) {
      return;
    }
    List<Route> routes = rules.of(rule, host, DEFAULT_HTTP_PORT);
    if (!routes.isEmpty()) {
      VirtualHost built =
          withoutTaken(
              VirtualHost.newBuilder()
                  .setName(host + ":" + DEFAULT_HTTP_PORT)
                  .addDomains(host)
                  .addDomains(host + ".")
                  .addAllRoutes(routes)
                  .setIncludeRequestAttemptCount(true)
                  .build(),
              taken);
      if (built.getDomainsCount() > 0) {
        hosts.putIfAbsent(built.getName(), built);
      }
    }
  }

  /** Envoy refuses a configuration in which a domain is twice; the first one keeps it. */
  private static VirtualHost withoutTaken(VirtualHost host, Set<String> taken) {
    List<String> free = new ArrayList<>();
    for (String domain : host.getDomainsList()) {
      if (taken.add(domain)) {
        free.add(domain);
      }
    }
    return free.size() == host.getDomainsCount()
        ? host
        : host.toBuilder().clearDomains().addAllDomains(free).build();
  }

  /** Makes the configuration of a port that one service has to itself. */
  RouteConfiguration ofService(MeshService service, MeshPort port) {
    return configuration(
        service.host() + ":" + port.number(),
        List.of(virtualHost(service, port, rulesOf(service.host()), true)));
  }

  private RouteConfiguration configuration(String name, List<VirtualHost> hosts) {
    return RouteConfiguration.newBuilder()
        .setName(name)
        .addAllVirtualHosts(hosts)
        .setValidateClusters(BoolValue.of(false))
        .setMaxDirectResponseBodySizeBytes(Pack.uint(LARGEST_DIRECT_RESPONSE))
        .setIgnorePortInHostMatching(true)
        .build();
  }

  private VirtualHost virtualHost(
      MeshService service, MeshPort port, Optional<VirtualService> rule, boolean alone) {
    List<Route> routes =
        rule.map(each -> rules.of(each, service.host(), port.number())).orElse(List.of());
    VirtualHost.Builder host =
        VirtualHost.newBuilder()
            .setName(service.host() + ":" + port.number())
            .setIncludeRequestAttemptCount(true);
    if (alone) {
      host.addDomains("*");
    } else {
      host.addAllDomains(domains(service));
    }
    host.addAllRoutes(routes.isEmpty() ? List.of(rules.defaultRoute(service, port)) : routes);
    return host.build();
  }

  /** All texts that may be in the header Host. */
  Set<String> domains(MeshService service) {
    Set<String> domains = new LinkedHashSet<>();
    String host = service.host();
    domains.add(host);
    domains.add(host + ".");
    if (service.isKubernetes()) {
      String name = service.name();
      String namespace = service.namespace();
      if (traits.domain().equals(namespace + ".svc." + MeshModel.DOMAIN)) {
        domains.add(name);
      }
      if (traits.domain().endsWith(".svc." + MeshModel.DOMAIN)) {
        domains.add(name + "." + namespace + ".svc");
        domains.add(name + "." + namespace);
      }
      if (service.headless()) {
        List.copyOf(domains).forEach(domain -> domains.add("*." + domain));
      }
    }
    for (String address : service.addressesFor(traits.resolvesNames())) {
      boolean ipv6 = address.indexOf(':') >= 0;
      if (address.indexOf('/') < 0 && ipv6 == traits.ipv6Only()) {
        domains.add(ipv6 ? "[" + address + "]" : address);
      }
    }
    return domains;
  }

  /** What becomes of requests to hosts that are not declared. */
  VirtualHost catchAll() {
    return switch (traits.outbound()) {
      case ALLOW_ANY ->
          VirtualHost.newBuilder()
              .setName(Names.ALLOW_ANY)
              .addDomains("*")
              .setIncludeRequestAttemptCount(true)
              .addRoutes(
                  Route.newBuilder()
                      .setName(Names.ALLOW_ANY)
                      .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                      .setRoute(untimed(Names.PASSTHROUGH)))
              .build();
      case REGISTRY_ONLY ->
          VirtualHost.newBuilder()
              .setName(Names.BLOCK_ALL)
              .addDomains("*")
              .setIncludeRequestAttemptCount(true)
              .addRoutes(
                  Route.newBuilder()
                      .setName(Names.BLOCK_ALL)
                      .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                      .setDirectResponse(DirectResponseAction.newBuilder().setStatus(502)))
              .build();
    };
  }

  @SuppressWarnings("deprecation") // Istio's form
  private static RouteAction untimed(String cluster) {
    return RouteAction.newBuilder()
        .setCluster(cluster)
        .setTimeout(Duration.getDefaultInstance())
        .setMaxGrpcTimeout(Duration.getDefaultInstance())
        .build();
  }

  /** The ports whose configuration services share, with those services in order. */
  static Map<Integer, List<MeshService>> sharedPorts(
      Collection<MeshService> services, boolean resolvesNames) {
    Map<Integer, List<MeshService>> ports = new LinkedHashMap<>();
    for (MeshService service : services) {
      for (MeshPort port : service.ports()) {
        boolean shared =
            port.protocol().isHttp()
                || (port.protocol() == Protocol.AUTO
                    && !OutboundListeners.hasOwnAddress(service, resolvesNames));
        if (shared) {
          ports.computeIfAbsent(port.number(), _ -> new ArrayList<>()).add(service);
        }
      }
    }
    return ports;
  }

  static Decorator decorator(String operation) {
    return Decorator.newBuilder().setOperation(operation).build();
  }
}
