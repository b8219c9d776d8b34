package dev.ballast.mesh.explain;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.ballast.mesh.envoy.Generator.Generated;
import dev.ballast.mesh.envoy.NameTables;
import dev.ballast.mesh.envoy.Names;
import dev.ballast.mesh.envoy.Proxy;
import dev.ballast.mesh.explain.Step.Rejected;
import dev.ballast.mesh.explain.Step.Stage;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.OutboundMode;
import dev.ballast.xds.EncodedResource;
import dev.ballast.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One walk of a request through a configuration. */
final class Walk {
  private final Proxy proxy;
  private final Generated generated;
  private final Scope scope;
  private final HttpQuestion question;
  private final List<Step> steps = new ArrayList<>();
  private final List<String> advice = new ArrayList<>();
  private String address = "";

  Walk(Proxy proxy, Generated generated, HttpQuestion question) {
    this.proxy = proxy;
    this.generated = generated;
    this.scope = generated.scope();
    this.question = question;
  }

  Explanation explain() {
    String verdict = dns();
    return new Explanation(proxy, question, steps, verdict, advice);
  }

  private void step(
      Stage stage, String chosen, String because, String source, List<Rejected> rejected) {
    steps.add(new Step(stage, chosen, because, source, rejected));
  }

  private String dns() {
    String host = question.host();
    if (question.isByAddress()) {
      address = host;
      step(Stage.DNS, host, "the URL has an address", "", List.of());
    } else {
      NameTables.@Nullable Entry entry =
          NameTables.of(scope.services(), proxy.resolvesNames()).get(host);
      List<Rejected> losers =
          scope.rejected(host).stream()
              .map(each -> new Rejected(each.service().source().toString(), each.because()))
              .toList();
      String source = scope.service(host).map(each -> each.source().toString()).orElse("");
      if (proxy.resolvesNames() && entry != null) {
        address = entry.ips().getFirst();
        step(Stage.DNS, address, "the proxy's agent answers names of the mesh", source, losers);
      } else {
        step(
            Stage.DNS,
            "whatever the program's resolver answers",
            proxy.resolvesNames()
                ? "the host has no address in the mesh"
                : "the proxy does not answer names (DNS_CAPTURE is not set)",
            source,
            losers);
        address =
            scope
                .service(host)
                .flatMap(each ->
                    each.addresses().stream().filter(one -> one.indexOf('/') < 0).findFirst())
                .orElse("");
      }
    }
    step(
        Stage.CAPTURE,
        proxy.interception() == Proxy.Interception.NONE ? "none" : "port 15001",
        switch (proxy.interception()) {
          case REDIRECT -> "outgoing TCP is redirected there (INTERCEPTION_MODE REDIRECT)";
          case TPROXY -> "outgoing TCP is redirected there (INTERCEPTION_MODE TPROXY)";
          case NONE -> "INTERCEPTION_MODE is NONE: the program connects to the proxy itself";
        },
        "",
        List.of());
    return listener();
  }

  private String listener() {
    String own = address + "_" + question.port();
    String shared = (proxy.isIpv6Only() ? "::" : "0.0.0.0") + "_" + question.port();
    Optional<Listener> exact =
        address.isEmpty() ? Optional.empty() : find(ResourceType.LISTENER, own, Listener.parser());
    Optional<Listener> wildcard = find(ResourceType.LISTENER, shared, Listener.parser());
    if (exact.isPresent()) {
      step(
          Stage.LISTENER,
          own,
          "it is for this address and port",
          "",
          wildcard
              .map(_ -> List.of(new Rejected(shared, "it is for all other addresses")))
              .orElse(List.of()));
      return chain(exact.get());
    }
    if (wildcard.isPresent()) {
      step(
          Stage.LISTENER,
          shared,
          "it is for this port, and no listener is for "
              + (address.isEmpty() ? "the resolved address" : address),
          "",
          List.of());
      return chain(wildcard.get());
    }
    step(
        Stage.LISTENER,
        Names.VIRTUAL_OUTBOUND,
        "no service that %s sees has port %d".formatted(proxy.id(), question.port()),
        "",
        List.of());
    if (scope.service(question.host()).isPresent()) {
      MeshService service = scope.service(question.host()).get();
      advice.add(
          "%s declares %s with the ports %s: add port %d to it"
              .formatted(
                  service.source(),
                  service.host(),
                  service.ports().stream().map(each -> each.number()).toList(),
                  question.port()));
    }
    return toCluster(
        scope.outbound() == OutboundMode.ALLOW_ANY ? Names.PASSTHROUGH : Names.BLACK_HOLE,
        Optional.empty());
  }

  private String chain(Listener listener) {
    String transport = question.tls() ? "tls" : "raw_buffer";
    String protocol = question.tls() || question.opaque() ? "" : "http/1.1";
    String serverName = question.tls() && !question.isByAddress() ? question.host() : "";
    List<Rejected> rejected = new ArrayList<>();
    List<FilterChain> candidates = new ArrayList<>();
    for (FilterChain chain : listener.getFilterChainsList()) {
      Optional<String> why =
          Matching.mismatch(
              chain.getFilterChainMatch(),
              address,
              question.port(),
              serverName,
              transport,
              protocol);
      if (why.isEmpty()) {
        candidates.add(chain);
      } else {
        rejected.add(new Rejected("chain to " + target(chain), why.get()));
      }
    }
    Optional<FilterChain> best =
        candidates.stream()
            .max(Comparator.comparingLong(each -> Matching.closeness(each.getFilterChainMatch())));
    if (best.isEmpty() && !listener.hasDefaultFilterChain()) {
      step(Stage.CHAIN, "none", "no chain takes the connection", "", rejected);
      return "the connection is closed: listener %s has no chain for it"
          .formatted(listener.getName());
    }
    FilterChain chosen = best.orElseGet(listener::getDefaultFilterChain);
    step(
        Stage.CHAIN,
        "to " + target(chosen),
        best.isPresent() ? describe(chosen) : "no other chain takes the connection (default chain)",
        "",
        rejected);
    Filter last = chosen.getFilters(chosen.getFiltersCount() - 1);
    if (last.getTypedConfig().is(TcpProxy.class)) {
      TcpProxy proxyConfig = unpack(last, TcpProxy.class);
      return toCluster(
          proxyConfig.hasWeightedClusters()
              ? proxyConfig.getWeightedClusters().getClusters(0).getName()
              : proxyConfig.getCluster(),
          proxyConfig.hasWeightedClusters()
              ? Optional.of(
                  "one of "
                      + proxyConfig.getWeightedClusters().getClustersList().stream()
                          .map(each -> each.getName() + " (" + each.getWeight() + ")")
                          .collect(Collectors.joining(", ")))
              : Optional.empty());
    }
    return route(unpack(last, HttpConnectionManager.class).getRds().getRouteConfigName());
  }

  private static String describe(FilterChain chain) {
    var match = chain.getFilterChainMatch();
    if (match.getServerNamesCount() > 0) {
      return "the client asks for a server name of " + match.getServerNamesList();
    }
    if (match.getApplicationProtocolsCount() > 0) {
      return "the connection looks like HTTP";
    }
    return match.getPrefixRangesCount() > 0
        ? "the address is in its ranges"
        : "it takes everything";
  }

  private static String target(FilterChain chain) {
    Filter last = chain.getFilters(chain.getFiltersCount() - 1);
    if (last.getTypedConfig().is(TcpProxy.class)) {
      TcpProxy tcp = unpack(last, TcpProxy.class);
      return tcp.hasWeightedClusters() ? "weighted clusters" : tcp.getCluster();
    }
    return "HTTP routes " + unpack(last, HttpConnectionManager.class).getRds().getRouteConfigName();
  }

  private String route(String name) {
    RouteConfiguration routes =
        find(ResourceType.ROUTE, name, RouteConfiguration.parser())
            .orElse(RouteConfiguration.getDefaultInstance());
    String host = question.authority();
    @Nullable VirtualHost best = null;
    int closeness = 0;
    for (VirtualHost each : routes.getVirtualHostsList()) {
      for (String domain : each.getDomainsList()) {
        int close = Matching.domain(domain, host);
        if (close > closeness) {
          closeness = close;
          best = each;
        }
      }
    }
    if (best == null) {
      step(Stage.ROUTE, "none", "no host of routes " + name + " is " + host, "", List.of());
      return "404: no route";
    }
    List<Rejected> rejected = new ArrayList<>();
    for (Route each : best.getRoutesList()) {
      Optional<String> why = Matching.mismatch(each.getMatch(), question);
      if (why.isPresent()) {
        rejected.add(new Rejected("route " + label(each), why.get()));
        continue;
      }
      String source = source(each, best);
      String because =
          "host %s is %s, and the route takes the request".formatted(host, best.getName());
      if (best.getName().equals(Names.BLOCK_ALL)) {
        step(
            Stage.ROUTE,
            best.getName(),
            "no object declares host %s on port %d for namespace %s, and the mode is REGISTRY_ONLY"
                .formatted(host, question.port(), proxy.namespace()),
            "",
            rejected);
        undeclared(host);
        return "502 from the proxy: the host is not declared";
      }
      if (best.getName().equals(Names.ALLOW_ANY)) {
        because =
            "no object declares host %s on port %d for namespace %s, and the mode is ALLOW_ANY"
                .formatted(host, question.port(), proxy.namespace());
        undeclared(host);
      }
      RouteAction action = each.getRoute();
      step(Stage.ROUTE, label(each) + timing(action), because, source, rejected);
      Optional<String> weights =
          action.hasWeightedClusters()
              ? Optional.of(
                  "one of "
                      + action.getWeightedClusters().getClustersList().stream()
                          .map(one -> one.getName() + " (" + one.getWeight().getValue() + ")")
                          .collect(Collectors.joining(", ")))
              : Optional.empty();
      return toCluster(
          action.hasWeightedClusters()
              ? action.getWeightedClusters().getClusters(0).getName()
              : action.getCluster(),
          weights);
    }
    step(Stage.ROUTE, "none", "no route of " + best.getName() + " takes the request", "", rejected);
    return "404 from the proxy: no route takes the request";
  }

  private void undeclared(String host) {
    List<Scope.Rejected> hidden = scope.rejected(host);
    if (hidden.isEmpty()) {
      advice.add(
          "declare %s with a ServiceEntry in namespace %s".formatted(host, proxy.namespace()));
    }
    hidden.forEach(each ->
        advice.add(
            "%s declares %s, but %s".formatted(each.service().source(), host, each.because())));
  }

  private static String label(Route route) {
    String path =
        switch (route.getMatch().getPathSpecifierCase()) {
          case PATH -> route.getMatch().getPath();
          case PREFIX -> route.getMatch().getPrefix() + "*";
          case SAFE_REGEX -> route.getMatch().getSafeRegex().getRegex();
          default -> "*";
        };
    return route.getName().isEmpty() ? path : route.getName() + " (" + path + ")";
  }

  private static String timing(RouteAction action) {
    StringBuilder text = new StringBuilder();
    double seconds = action.getTimeout().getSeconds() + action.getTimeout().getNanos() / 1e9;
    if (seconds > 0) {
      text.append(", timeout ").append(seconds).append(" s");
    }
    if (action.hasRetryPolicy()) {
      text.append(", ")
          .append(action.getRetryPolicy().getNumRetries().getValue())
          .append(" retries on ")
          .append(action.getRetryPolicy().getRetryOn());
    }
    return text.toString();
  }

  private String source(Route route, VirtualHost host) {
    var istio = route.getMetadata().getFilterMetadataMap().get("istio");
    if (istio != null && istio.getFieldsMap().containsKey("config")) {
      return object(istio.getFieldsOrThrow("config").getStringValue());
    }
    int colon = host.getName().lastIndexOf(':');
    return colon < 0
        ? ""
        : scope
            .service(host.getName().substring(0, colon))
            .map(each -> each.source().toString())
            .orElse("");
  }

  /** {@code /apis/…/namespaces/app/virtual-service/x} as {@code VirtualService app/x}. */
  private static String object(String path) {
    String[] parts = path.split("/");
    String kind =
        parts[parts.length - 2].equals("virtual-service") ? "VirtualService" : "DestinationRule";
    return kind + " " + parts[parts.length - 3] + "/" + parts[parts.length - 1];
  }

  private String toCluster(String name, Optional<String> weights) {
    Optional<Cluster> found = find(ResourceType.CLUSTER, name, Cluster.parser());
    if (found.isEmpty()) {
      step(Stage.CLUSTER, name, "the route names it, and it does not exist", "", List.of());
      advice.add("declare the destination, or correct the VirtualService that names it");
      return "503 from the proxy: cluster %s does not exist".formatted(name);
    }
    Cluster cluster = found.get();
    String host = name.substring(name.lastIndexOf('|') + 1);
    step(
        Stage.CLUSTER,
        name + ", " + cluster.getType(),
        weights.orElse("the chain or route names it"),
        scope.service(host).map(each -> each.source().toString()).orElse(""),
        List.of());
    return switch (name) {
      case Names.PASSTHROUGH -> {
        step(
            Stage.ENDPOINT,
            original(),
            "the connection goes on to its original address",
            "",
            List.of());
        yield "it leaves the mesh as it is: without retries, TLS of the mesh or metrics of the host";
      }
      case Names.BLACK_HOLE -> {
        undeclared(question.host());
        yield "the connection is closed: the mode is REGISTRY_ONLY and nothing declares the destination";
      }
      default -> endpoint(cluster);
    };
  }

  private String original() {
    return address.isEmpty() ? "the original address" : address + ":" + question.port();
  }

  private String endpoint(Cluster cluster) {
    if (cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST) {
      step(Stage.ENDPOINT, original(), "the service has no resolution (NONE)", "", List.of());
      return tls(cluster, "goes to its original address");
    }
    ClusterLoadAssignment assignment =
        cluster.hasLoadAssignment()
            ? cluster.getLoadAssignment()
            : find(ResourceType.ENDPOINT, cluster.getName(), ClusterLoadAssignment.parser())
                .orElse(ClusterLoadAssignment.getDefaultInstance());
    List<String> endpoints =
        assignment.getEndpointsList().stream()
            .flatMap(each -> each.getLbEndpointsList().stream())
            .map(each -> each.getEndpoint().getAddress())
            .map(each ->
                each.hasPipe()
                    ? each.getPipe().getPath()
                    : each.getSocketAddress().getAddress()
                        + ":"
                        + each.getSocketAddress().getPortValue())
            .toList();
    if (endpoints.isEmpty()) {
      step(Stage.ENDPOINT, "none", "the service has no endpoint that can serve", "", List.of());
      advice.add("add endpoints, or workloads with the labels of the workloadSelector");
      return "503 from the proxy: no healthy upstream";
    }
    step(
        Stage.ENDPOINT,
        endpoints.size() == 1
            ? endpoints.getFirst()
            : "one of "
                + endpoints.stream().limit(8).collect(Collectors.joining(", "))
                + (endpoints.size() > 8 ? " and " + (endpoints.size() - 8) + " more" : ""),
        cluster.hasLoadAssignment()
            ? "the proxy resolves the name itself"
            : "by " + cluster.getLbPolicy(),
        "",
        List.of());
    return tls(cluster, "goes to " + endpoints.getFirst());
  }

  private String tls(Cluster cluster, String where) {
    boolean originated = cluster.hasTransportSocket();
    if (originated) {
      step(
          Stage.TLS,
          "TLS from the proxy on",
          "a DestinationRule originates it",
          config(cluster),
          List.of());
      if (question.tls()) {
        advice.add(
            "the client speaks TLS already: the proxy puts TLS around it; make the port HTTP and ask with http://");
      }
    } else if (cluster.getTransportSocketMatchesCount() > 0) {
      step(
          Stage.TLS,
          "mutual TLS to endpoints that take it, plaintext to others",
          "the service is of the mesh (auto mTLS)",
          "",
          List.of());
    } else {
      step(
          Stage.TLS,
          question.tls() ? "the client's own" : "none",
          "no rule originates TLS, and the service is outside of the mesh or has it disabled",
          "",
          List.of());
    }
    return "the request " + where;
  }

  private static String config(Cluster cluster) {
    var istio = cluster.getMetadata().getFilterMetadataMap().get("istio");
    return istio != null && istio.getFieldsMap().containsKey("config")
        ? object(istio.getFieldsOrThrow("config").getStringValue())
        : "";
  }

  private <T> Optional<T> find(ResourceType type, String name, Parser<T> parser) {
    @Nullable EncodedResource found = generated.resources().all(type).get(name);
    if (found == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.parseFrom(found.value()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was encoded here cannot be read: " + name, e);
    }
  }

  private static <T extends com.google.protobuf.Message> T unpack(Filter filter, Class<T> type) {
    try {
      return filter.getTypedConfig().unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was encoded here cannot be read", e);
    }
  }
}
