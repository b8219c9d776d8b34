package dev.ballast.mesh.envoy;

import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.ServiceEntry.Resolution;
import dev.ballast.xds.EncodedResource;
import dev.ballast.xds.ResourceType;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The configuration of gRPC libraries: a listener {@code host:port} for each port of a service. */
final class ProxylessResources {
  private ProxylessResources() {}

  static Map<ResourceType, Map<String, EncodedResource>> of(Scope scope, Traits traits) {
    Map<ResourceType, Map<String, EncodedResource>> all = new EnumMap<>(ResourceType.class);
    for (ResourceType type : ResourceType.values()) {
      all.put(type, new LinkedHashMap<>());
    }
    Map<String, HostPolicy> policies = new HashMap<>();
    RouteRules rules =
        new RouteRules(
            scope,
            traits,
            service ->
                policies.computeIfAbsent(
                    service.host(),
                    _ ->
                        HostPolicy.of(
                            scope
                                .model()
                                .rules(
                                    service.host(),
                                    service.namespace(),
                                    traits.namespace(),
                                    traits.labels()))));
    Routes routes = new Routes(scope, traits, rules, new Memo());
    // Without mutual TLS: the library would need a certificate provider in its bootstrap.
    Clusters clusters = new Clusters(traits, scope.model().config().trustDomain(), false);
    for (MeshService service : scope.services()) {
      if (service.resolution() == Resolution.NONE) {
        continue; // A library knows no original address.
      }
      for (MeshPort port : service.ports()) {
        add(all, scope, traits, rules, routes, clusters, service, port);
      }
    }
    return all;
  }

  private static void add(
      Map<ResourceType, Map<String, EncodedResource>> all,
      Scope scope,
      Traits traits,
      RouteRules rules,
      Routes routes,
      Clusters clusters,
      MeshService service,
      MeshPort port) {
    String name = service.host() + ":" + port.number();
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setRds(Rds.newBuilder().setConfigSource(Pack.ADS).setRouteConfigName(name))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(Pack.any(Router.getDefaultInstance())))
            .build();
    put(
        all,
        ResourceType.LISTENER,
        name,
        Listener.newBuilder()
            .setName(name)
            .setApiListener(ApiListener.newBuilder().setApiListener(Pack.any(manager)))
            .build());
    var rule = routes.rulesOf(service.host());
    var written =
        rule.map(each -> rules.of(each, service.host(), port.number())).orElse(java.util.List.of());
    VirtualHost.Builder host = VirtualHost.newBuilder().setName(name).addDomains("*");
    host.addAllRoutes(
        written.isEmpty() ? java.util.List.of(rules.defaultRoute(service, port)) : written);
    put(
        all,
        ResourceType.ROUTE,
        name,
        RouteConfiguration.newBuilder().setName(name).addVirtualHosts(host).build());
    HostPolicy policy =
        HostPolicy.of(
            scope
                .model()
                .rules(service.host(), service.namespace(), traits.namespace(), traits.labels()));
    cluster(all, traits, clusters, service, port, policy, Optional.empty());
    policy
        .subsets()
        .forEach(each -> cluster(all, traits, clusters, service, port, policy, Optional.of(each)));
  }

  private static void cluster(
      Map<ResourceType, Map<String, EncodedResource>> all,
      Traits traits,
      Clusters clusters,
      MeshService service,
      MeshPort port,
      HostPolicy policy,
      Optional<HostPolicy.Subset> subset) {
    String name =
        Names.outbound(
            port.number(), subset.map(each -> each.subset().name()).orElse(""), service.host());
    clusters
        .outbound(
            service,
            port,
            policy,
            subset,
            dev.ballast.mesh.resource.PeerAuthentication.Mode.DISABLE)
        .ifPresent(each -> put(all, ResourceType.CLUSTER, name, each));
    put(
        all,
        ResourceType.ENDPOINT,
        name,
        Endpoints.of(
            name,
            service,
            port,
            subset.map(each -> each.subset().labels()).orElse(Map.of()),
            traits.cluster(),
            true));
  }

  private static void put(
      Map<ResourceType, Map<String, EncodedResource>> all,
      ResourceType type,
      String name,
      com.google.protobuf.Message message) {
    all.computeIfAbsent(type, _ -> new LinkedHashMap<>())
        .put(name, EncodedResource.of(type, name, message));
  }
}
