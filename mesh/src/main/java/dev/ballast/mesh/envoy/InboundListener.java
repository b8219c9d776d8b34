package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import dev.ballast.mesh.model.Finding;
import dev.ballast.mesh.model.MeshEndpoint;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.resource.PeerAuthentication;
import dev.ballast.mesh.resource.Protocol;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilterChainMatchPredicate;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.type.v3.Int32Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** The listener for traffic that comes to a workload, and the clusters of its ports. */
final class InboundListener {
  private static final int PORT = 15006;
  private static final List<String> ISTIO_HTTP =
      List.of("istio-http/1.0", "istio-http/1.1", "istio-h2");
  private static final List<String> ISTIO_TCP = List.of("istio-peer-exchange", "istio");
  private static final List<String> ISTIO_ALL =
      List.of("istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2");
  private static final List<String> PLAIN_HTTP = List.of("http/1.1", "h2c");

  private final MeshModel model;
  private final Proxy proxy;
  private final Clusters clusters;
  private final IstioExtensions extensions;
  private final Map<Integer, Target> targets = new TreeMap<>();

  /** A port of the workload, and the service that it is a port of. */
  private record Target(MeshService service, MeshPort port, int number) {}

  InboundListener(MeshModel model, Proxy proxy, Clusters clusters, Consumer<Finding> findings) {
    this.model = model;
    this.proxy = proxy;
    this.clusters = clusters;
    this.extensions = IstioExtensions.of(proxy.extensions());
    for (String address : proxy.addresses()) {
      for (MeshService service : model.servicesAt(address)) {
        if (!service.namespace().equals(proxy.namespace())) {
          continue; // Another namespace does not decide what this workload takes.
        }
        for (MeshEndpoint endpoint : service.endpoints()) {
          if (endpoint.address().equals(address)) {
            service.ports().forEach(port -> add(service, port, endpoint.port(port), findings));
          }
        }
      }
    }
  }

  private void add(
      MeshService service, MeshPort port, OptionalInt number, Consumer<Finding> findings) {
    if (number.isEmpty() || port.protocol().kind() == Protocol.Kind.UDP) {
      return;
    }
    Target added = new Target(service, port, number.getAsInt());
    Target there = targets.putIfAbsent(added.number(), added);
    if (there != null && !there.service().host().equals(service.host())) {
      findings.accept(
          new Finding(
              service.source(),
              "Conflicted",
              "InboundConflict",
              "target port %d of %s is served as port %d (%s) of %s, which is older"
                  .formatted(
                      added.number(),
                      proxy.id(),
                      there.port().number(),
                      there.port().protocol(),
                      there.service().source())));
    }
  }

  List<Cluster> clusters() {
    List<Cluster> all = new ArrayList<>();
    targets
        .values()
        .forEach(each -> all.add(clusters.inbound(each.service(), each.port(), each.number())));
    all.add(clusters.inboundPassthrough());
    return all;
  }

  /** Whether this workload can take mutual TLS at all. */
  private boolean hasKeys() {
    return proxy.hasAgent() || proxy.serverFiles().isPresent();
  }

  Listener listener() {
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(Names.VIRTUAL_INBOUND)
            .setAddress(Pack.address(proxy.isIpv6Only() ? "::" : "0.0.0.0", PORT))
            .setTrafficDirection(TrafficDirection.INBOUND)
            .setMaxConnectionsToAcceptPerSocketEvent(Pack.uint(1))
            .setListenerFiltersTimeout(Pack.ZERO)
            .setContinueOnListenerFiltersTimeout(true)
            .addListenerFilters(ListenerFilters.originalDestination())
            .addListenerFilters(except(ListenerFilters.tls(), new TreeSet<>(List.of(PORT))));
    if (proxy.interception() == Proxy.Interception.TPROXY) {
      listener.setTransparent(BoolValue.of(true));
    }
    TreeSet<Integer> notSniffed = new TreeSet<>(List.of(PORT));
    targets.values().stream()
        .filter(each -> each.port().protocol() != Protocol.AUTO)
        .forEach(each -> notSniffed.add(each.number()));
    listener.addListenerFilters(except(ListenerFilters.http(), notSniffed));
    listener.addFilterChains(
        withExchange(
            FilterChain.newBuilder()
                .setName("virtualInbound-blackhole")
                .setFilterChainMatch(
                    FilterChainMatch.newBuilder().setDestinationPort(Pack.uint(PORT))),
            HttpConnections.tcp(Names.BLACK_HOLE)));
    passthrough(listener);
    targets.values().forEach(each -> chains(listener, each));
    return listener.build();
  }

  private static ListenerFilter except(ListenerFilter filter, SortedSet<Integer> ports) {
    List<ListenerFilterChainMatchPredicate> rules = new ArrayList<>();
    for (int port : ports) {
      rules.add(
          ListenerFilterChainMatchPredicate.newBuilder()
              .setDestinationPortRange(Int32Range.newBuilder().setStart(port).setEnd(port + 1))
              .build());
    }
    return filter.toBuilder()
        .setFilterDisabled(
            rules.size() == 1
                ? rules.getFirst()
                : ListenerFilterChainMatchPredicate.newBuilder()
                    .setOrMatch(
                        ListenerFilterChainMatchPredicate.MatchSet.newBuilder().addAllRules(rules))
                    .build())
        .build();
  }

  private FilterChain withExchange(FilterChain.Builder chain, Filter last) {
    if (extensions.metadataExchange()) {
      chain.addFilters(HttpConnections.tcpExchange());
    }
    return chain.addFilters(last).build();
  }

  private void passthrough(Listener.Builder listener) {
    PeerAuthentication.Mode mode = model.peerMode(proxy.namespace(), proxy.labels(), 0);
    Filter http =
        HttpConnections.inbound(
            Names.INBOUND_PASSTHROUGH,
            routes(Names.INBOUND_PASSTHROUGH, "inbound|http|0", Names.INBOUND_PASSTHROUGH, ":0/*"),
            extensions);
    Filter tcp = HttpConnections.tcp(Names.INBOUND_PASSTHROUGH);
    sniffed(listener, "virtualInbound-catchall-http", "virtualInbound", 0, mode, http, tcp);
  }

  private void chains(Listener.Builder listener, Target target) {
    PeerAuthentication.Mode mode =
        model.peerMode(proxy.namespace(), proxy.labels(), target.number());
    String name = "0.0.0.0_" + target.number();
    String cluster = Names.inbound(target.number());
    Filter http =
        HttpConnections.inbound(
            "inbound_" + name,
            routes(
                cluster,
                "inbound|http|" + target.port().number(),
                cluster,
                target.service().host() + ":" + target.port().number() + "/*"),
            extensions);
    Filter tcp = HttpConnections.tcp(cluster);
    boolean permissive = mode == PeerAuthentication.Mode.PERMISSIVE;
    boolean strict = mode == PeerAuthentication.Mode.STRICT;
    switch (target.port().protocol().kind()) {
      case AUTO -> sniffed(listener, name, name, target.number(), mode, http, tcp);
      case HTTP -> {
        if (permissive) {
          secure(listener, name, target.number(), ISTIO_ALL, false, http);
          plain(listener, name, target.number(), "raw_buffer", List.of(), http);
        } else if (strict) {
          secure(listener, name, target.number(), List.of(), false, http);
        } else {
          plain(listener, name, target.number(), "", List.of(), http);
        }
      }
      case TCP -> {
        if (permissive) {
          secure(listener, name, target.number(), ISTIO_ALL, true, tcp);
          plain(listener, name, target.number(), "tls", List.of(), tcp);
          plain(listener, name, target.number(), "raw_buffer", List.of(), tcp);
        } else if (strict) {
          secure(listener, name, target.number(), List.of(), true, tcp);
        } else {
          plain(listener, name, target.number(), "", List.of(), tcp);
        }
      }
      case UDP -> {}
    }
  }

  private void sniffed(
      Listener.Builder listener,
      String httpName,
      String tcpName,
      int port,
      PeerAuthentication.Mode mode,
      Filter http,
      Filter tcp) {
    switch (mode) {
      case PERMISSIVE, UNSET -> {
        secure(listener, httpName, port, ISTIO_HTTP, false, http);
        plain(listener, httpName, port, "raw_buffer", PLAIN_HTTP, http);
        secure(listener, tcpName, port, ISTIO_TCP, true, tcp);
        plain(listener, tcpName, port, "raw_buffer", List.of(), tcp);
        plain(listener, tcpName, port, "tls", List.of(), tcp);
      }
      case STRICT -> {
        secure(listener, httpName, port, ISTIO_HTTP, false, http);
        secure(listener, tcpName, port, List.of(), true, tcp);
      }
      case DISABLE -> {
        plain(listener, httpName, port, "raw_buffer", PLAIN_HTTP, http);
        plain(listener, tcpName, port, "", List.of(), tcp);
      }
    }
  }

  /** Without keys there is no such chain, and what is only taken by mutual TLS is not taken. */
  private void secure(
      Listener.Builder listener,
      String name,
      int port,
      List<String> protocols,
      boolean tcp,
      Filter filter) {
    if (!hasKeys()) {
      return;
    }
    FilterChain.Builder chain =
        FilterChain.newBuilder()
            .setName(name)
            .setFilterChainMatch(match(port, "tls", protocols))
            .setTransportSocket(Tls.server(proxy, model.config().trustDomain(), tcp));
    listener.addFilterChains(withExchange(chain, filter));
  }

  private void plain(
      Listener.Builder listener,
      String name,
      int port,
      String transport,
      List<String> protocols,
      Filter filter) {
    FilterChain.Builder chain = FilterChain.newBuilder().setName(name);
    FilterChainMatch match = match(port, transport, protocols);
    if (!match.equals(FilterChainMatch.getDefaultInstance())) {
      chain.setFilterChainMatch(match);
    }
    listener.addFilterChains(withExchange(chain, filter));
  }

  private static FilterChainMatch match(int port, String transport, List<String> protocols) {
    FilterChainMatch.Builder match = FilterChainMatch.newBuilder();
    if (port > 0) {
      match.setDestinationPort(Pack.uint(port));
    }
    return match.setTransportProtocol(transport).addAllApplicationProtocols(protocols).build();
  }

  private static RouteConfiguration routes(
      String name, String host, String cluster, String operation) {
    return RouteConfiguration.newBuilder()
        .setName(name)
        .setValidateClusters(BoolValue.of(false))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(host)
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setName("default")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setDecorator(Routes.decorator(operation))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster(cluster)
                                .setTimeout(Pack.ZERO)
                                .setRetryPolicy(
                                    RetryPolicy.newBuilder()
                                        .setRetryOn("reset-before-request")
                                        .setNumRetries(Pack.uint(2)))
                                .setMaxStreamDuration(
                                    RouteAction.MaxStreamDuration.newBuilder()
                                        .setMaxStreamDuration(Pack.ZERO)
                                        .setGrpcTimeoutHeaderMax(Pack.ZERO)))))
        .build();
  }
}
