package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import dev.ballast.mesh.model.Addresses;
import dev.ballast.mesh.model.Finding;
import dev.ballast.mesh.model.Hosts;
import dev.ballast.mesh.model.MeshEndpoint;
import dev.ballast.mesh.model.MeshModel;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.model.Scope;
import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.VirtualService;
import dev.ballast.mesh.resource.VirtualService.Weighted;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The listeners for traffic that leaves a workload. Services that meet on one address and port
 * share it by fixed rules; of two that cannot, the older keeps it, and the other hears so.
 */
final class OutboundListeners {
  private static final int VIRTUAL_PORT = 15001;

  private final Scope scope;
  private final Traits traits;
  private final RouteRules rules;
  private final Consumer<Finding> findings;
  private final Map<String, Slot> slots = new LinkedHashMap<>();

  /** One address and port. */
  private static final class Slot {
    private final String bind;
    private final int port;
    private MeshService owner;
    private Protocol protocol;
    private Protocol.Kind kind;
    private String routes = "";
    private final List<Chain> chains = new ArrayList<>();

    Slot(String bind, int port, MeshService owner, Protocol protocol) {
      this.bind = bind;
      this.port = port;
      this.owner = owner;
      this.protocol = protocol;
      this.kind = protocol.kind();
    }
  }

  /** An opaque chain, and the service that it is for. */
  record Chain(FilterChain chain, MeshService service) {}

  OutboundListeners(Scope scope, Traits traits, RouteRules rules, Consumer<Finding> findings) {
    this.scope = scope;
    this.traits = traits;
    this.rules = rules;
    this.findings = findings;
    for (MeshService service : scope.services()) {
      for (MeshPort port : service.ports()) {
        add(service, port);
      }
    }
  }

  /** Whether a service is reached at an address of its own. */
  static boolean hasOwnAddress(MeshService service, boolean resolvesNames) {
    return service.addressesFor(resolvesNames).stream().anyMatch(each -> !Addresses.isRange(each));
  }

  private void add(MeshService service, MeshPort port) {
    switch (port.protocol().kind()) {
      case UDP -> {}
      case HTTP -> http(service, port);
      case TCP, AUTO -> opaque(service, port);
    }
  }

  private void http(MeshService service, MeshPort port) {
    String bind = traits.wildcard();
    Slot there = slots.get(key(bind, port.number()));
    if (there == null) {
      Slot slot = new Slot(bind, port.number(), service, port.protocol());
      slot.routes = Integer.toString(port.number());
      slots.put(key(bind, port.number()), slot);
      return;
    }
    if (there.protocol.isServerFirst()) {
      conflict(there, service, port);
      return;
    }
    if (there.kind == Protocol.Kind.TCP) {
      there.kind = Protocol.Kind.AUTO;
    }
    there.routes = Integer.toString(port.number());
  }

  private void opaque(MeshService service, MeshPort port) {
    List<String> addresses = service.addressesFor(traits.resolvesNames());
    List<String> ranges = addresses.stream().filter(Addresses::isRange).toList();
    List<String> own =
        addresses.stream()
            .filter(each -> !Addresses.isRange(each) && Addresses.isIpv6(each) == traits.ipv6Only())
            .toList();
    if (service.headless()) {
      for (MeshEndpoint endpoint : service.endpoints()) {
        if (endpoint.isIp() && Addresses.isIpv6(endpoint.address()) == traits.ipv6Only()) {
          place(service, port, endpoint.address(), List.of());
        }
      }
      return;
    }
    for (String address : own) {
      place(service, port, address, List.of());
    }
    if (!ranges.isEmpty() || own.isEmpty()) {
      place(service, port, traits.wildcard(), ranges);
    }
  }

  private void place(MeshService service, MeshPort port, String bind, List<String> ranges) {
    boolean wildcard = bind.equals(traits.wildcard());
    String key = key(bind, port.number());
    Slot there = slots.get(key);
    List<FilterChain> chains = chains(service, port, ranges, wildcard);
    if (there == null) {
      Slot slot = new Slot(bind, port.number(), service, port.protocol());
      if (port.protocol() == Protocol.AUTO) {
        slot.routes = routes(service, port, wildcard);
      }
      chains.forEach(each -> slot.chains.add(new Chain(each, service)));
      slots.put(key, slot);
      return;
    }
    if (there.protocol.isServerFirst() != port.protocol().isServerFirst()
        && there.kind != port.protocol().kind()) {
      conflict(there, service, port);
      return;
    }
    if (port.protocol().isServerFirst() && there.kind != Protocol.Kind.TCP) {
      conflict(there, service, port);
      return;
    }
    if (there.kind == Protocol.Kind.HTTP) {
      there.kind = Protocol.Kind.AUTO;
    } else if (there.kind == Protocol.Kind.TCP && port.protocol() == Protocol.AUTO) {
      there.kind = Protocol.Kind.AUTO;
      there.routes = routes(service, port, wildcard);
    }
    for (FilterChain chain : chains) {
      Chain twin = twin(there, chain);
      if (twin == null) {
        there.chains.add(new Chain(chain, service));
      } else {
        rejected(there, twin.service(), service, port);
      }
    }
  }

  private static String routes(MeshService service, MeshPort port, boolean wildcard) {
    return wildcard ? Integer.toString(port.number()) : service.host() + ":" + port.number();
  }

  private static @org.jspecify.annotations.Nullable Chain twin(Slot slot, FilterChain chain) {
    for (Chain each : slot.chains) {
      if (each.chain().getFilterChainMatch().equals(chain.getFilterChainMatch())) {
        return each;
      }
    }
    return null;
  }

  private void conflict(Slot there, MeshService service, MeshPort port) {
    rejected(there, there.owner, service, port);
  }

  private void rejected(Slot there, MeshService winner, MeshService service, MeshPort port) {
    findings.accept(
        new Finding(
            service.source(),
            "Conflicted",
            "ListenerConflict",
            ("port %d (%s) of host %s gets no traffic from proxies in namespace %s: listener %s_%d"
                    + " belongs to host %s of %s, which is older; give the host an address of its"
                    + " own, or another port")
                .formatted(
                    port.number(),
                    port.protocol(),
                    service.host(),
                    traits.namespace(),
                    there.bind,
                    there.port,
                    winner.host(),
                    winner.source())));
  }

  private static String key(String bind, int port) {
    return bind + "_" + port;
  }

  /** The opaque chains of a port: by rules, or straight to the service's cluster. */
  private List<FilterChain> chains(
      MeshService service, MeshPort port, List<String> ranges, boolean wildcard) {
    List<FilterChain> chains = new ArrayList<>();
    boolean tls = port.protocol().isTls() || port.protocol() == Protocol.AUTO;
    for (VirtualService rule : scope.virtualServices()) {
      if (!isFor(rule, service.host())) {
        continue;
      }
      if (tls) {
        byName(rule, port, ranges, chains);
      }
      if (!port.protocol().isTls() && chains.isEmpty() && byAddress(rule, port, ranges, chains)) {
        return chains;
      }
    }
    if (!chains.isEmpty() && port.protocol().isTls()) {
      return chains;
    }
    FilterChainMatch.Builder match = FilterChainMatch.newBuilder();
    addRanges(match, ranges);
    if (port.protocol().isTls() && (wildcard || !ranges.isEmpty())) {
      match.addServerNames(service.host());
    }
    chains.add(
        chain(match, HttpConnections.tcp(Names.outbound(port.number(), "", service.host()))));
    return chains;
  }

  private static boolean isFor(VirtualService rule, String host) {
    return rule.spec().hosts().stream()
        .anyMatch(each ->
            Hosts.covers(Hosts.resolve(each, rule.metadata().namespace(), MeshModel.DOMAIN), host));
  }

  private void byName(
      VirtualService rule, MeshPort port, List<String> ranges, List<FilterChain> chains) {
    for (VirtualService.TlsRoute route : rule.spec().tls()) {
      for (VirtualService.TlsMatch match : route.match()) {
        if (!rules.applies(match.where(), port.number())) {
          continue;
        }
        FilterChainMatch.Builder built = FilterChainMatch.newBuilder();
        addRanges(
            built, match.destinationSubnets().isEmpty() ? ranges : match.destinationSubnets());
        built.addAllServerNames(match.sniHosts());
        FilterChain chain =
            chain(built, HttpConnections.tcp(proxy(rule, route.route(), port))).toBuilder()
                .setMetadata(config(rule))
                .build();
        if (chains.stream()
            .noneMatch(each -> each.getFilterChainMatch().equals(chain.getFilterChainMatch()))) {
          chains.add(chain);
        }
      }
    }
  }

  private boolean byAddress(
      VirtualService rule, MeshPort port, List<String> ranges, List<FilterChain> chains) {
    for (VirtualService.TcpRoute route : rule.spec().tcp()) {
      List<VirtualService.TcpMatch> matches = route.match();
      if (matches.isEmpty()) {
        addTcp(rule, route, ranges, port, chains);
        return true;
      }
      for (VirtualService.TcpMatch match : matches) {
        if (rules.applies(match.where(), port.number())) {
          List<String> subnets =
              match.destinationSubnets().isEmpty() ? ranges : match.destinationSubnets();
          addTcp(rule, route, subnets, port, chains);
          if (match.destinationSubnets().isEmpty()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private void addTcp(
      VirtualService rule,
      VirtualService.TcpRoute route,
      List<String> subnets,
      MeshPort port,
      List<FilterChain> chains) {
    FilterChainMatch.Builder match = FilterChainMatch.newBuilder();
    addRanges(match, subnets);
    chains.add(
        chain(match, HttpConnections.tcp(proxy(rule, route.route(), port))).toBuilder()
            .setMetadata(config(rule))
            .build());
  }

  private static io.envoyproxy.envoy.config.core.v3.Metadata config(VirtualService rule) {
    return Pack.config(
        Names.config("virtual-service", rule.metadata().namespace(), rule.metadata().name()));
  }

  private TcpProxy proxy(VirtualService rule, List<Weighted> route, MeshPort port) {
    if (route.size() == 1) {
      String cluster = rules.cluster(rule, route.getFirst().destination(), port.number());
      return TcpProxy.newBuilder().setStatPrefix(cluster).setCluster(cluster).build();
    }
    TcpProxy.WeightedCluster.Builder clusters = TcpProxy.WeightedCluster.newBuilder();
    for (Weighted each : route) {
      if (each.weight() > 0) {
        clusters.addClusters(
            TcpProxy.WeightedCluster.ClusterWeight.newBuilder()
                .setName(rules.cluster(rule, each.destination(), port.number()))
                .setWeight(each.weight()));
      }
    }
    return TcpProxy.newBuilder()
        .setStatPrefix(rule.metadata().name() + "." + rule.metadata().namespace())
        .setWeightedClusters(clusters)
        .build();
  }

  private static FilterChain chain(
      FilterChainMatch.Builder match, io.envoyproxy.envoy.config.listener.v3.Filter filter) {
    FilterChain.Builder chain =
        FilterChain.newBuilder()
            .addFilters(filter)
            .setTransportSocketConnectTimeout(Pack.seconds(15));
    FilterChainMatch built = match.build();
    if (!built.equals(FilterChainMatch.getDefaultInstance())) {
      chain.setFilterChainMatch(built);
    }
    return chain.build();
  }

  /** A range that holds everything is written as none. */
  private static void addRanges(FilterChainMatch.Builder match, List<String> ranges) {
    for (String range : ranges) {
      int slash = range.indexOf('/');
      String base = slash < 0 ? range : range.substring(0, slash);
      int length =
          slash < 0
              ? (Addresses.isIpv6(base) ? 128 : 32)
              : Integer.parseInt(range.substring(slash + 1));
      if (length > 0) {
        match.addPrefixRanges(
            CidrRange.newBuilder().setAddressPrefix(base).setPrefixLen(Pack.uint(length)));
      }
    }
  }

  /** Makes all listeners: one for each address and port, and the one that captures. */
  List<Listener> listeners() {
    List<Listener> listeners = new ArrayList<>();
    slots.values().forEach(slot -> listeners.add(listener(slot)));
    if (traits.interception() != Proxy.Interception.NONE) {
      listeners.add(virtual());
    }
    return listeners;
  }

  private Listener listener(Slot slot) {
    String name = slot.bind + "_" + slot.port;
    boolean bound = traits.interception() == Proxy.Interception.NONE;
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(name)
            .setAddress(
                Pack.address(bound && isWildcard(slot.bind) ? loopback() : slot.bind, slot.port))
            .setTrafficDirection(TrafficDirection.OUTBOUND)
            .setListenerFiltersTimeout(Pack.ZERO)
            .setContinueOnListenerFiltersTimeout(true);
    if (!bound) {
      listener.setBindToPort(BoolValue.of(false));
    }
    boolean names = false;
    FilterChain all = null;
    if (slot.kind != Protocol.Kind.TCP) {
      listener.addFilterChains(
          chain(
              FilterChainMatch.newBuilder()
                  .setTransportProtocol("raw_buffer")
                  .addApplicationProtocols("http/1.1")
                  .addApplicationProtocols("h2c"),
              HttpConnections.outbound(name, slot.routes, traits.extensions())));
    }
    for (Chain each : slot.chains) {
      FilterChain chain = each.chain();
      names |= chain.getFilterChainMatch().getServerNamesCount() > 0;
      if (chain.hasFilterChainMatch()) {
        listener.addFilterChains(chain);
      } else {
        all = chain;
      }
    }
    if (all == null) {
      listener.setDefaultFilterChain(catchAll());
    } else if (listener.getFilterChainsCount() == 0) {
      listener.addFilterChains(all);
    } else {
      listener.setDefaultFilterChain(all);
    }
    if (names) {
      listener.addListenerFilters(ListenerFilters.tls());
    }
    if (slot.kind != Protocol.Kind.TCP) {
      listener.addListenerFilters(ListenerFilters.http());
    }
    return listener.build();
  }

  private boolean isWildcard(String bind) {
    return bind.equals(traits.wildcard());
  }

  private String loopback() {
    return traits.ipv6Only() ? "::1" : "127.0.0.1";
  }

  private FilterChain catchAll() {
    return FilterChain.newBuilder()
        .setName("PassthroughFilterChain")
        .setFilterChainMatch(FilterChainMatch.getDefaultInstance())
        .addFilters(HttpConnections.tcp(traits.catchAllCluster()))
        .build();
  }

  private Listener virtual() {
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(Names.VIRTUAL_OUTBOUND)
            .setAddress(Pack.address(traits.wildcard(), VIRTUAL_PORT))
            .setUseOriginalDst(BoolValue.of(true))
            .setTrafficDirection(TrafficDirection.OUTBOUND)
            .setMaxConnectionsToAcceptPerSocketEvent(Pack.uint(1))
            .addFilterChains(
                FilterChain.newBuilder()
                    .setName("virtualOutbound-blackhole")
                    .setFilterChainMatch(
                        FilterChainMatch.newBuilder().setDestinationPort(Pack.uint(VIRTUAL_PORT)))
                    .addFilters(HttpConnections.tcp(Names.BLACK_HOLE)))
            .addFilterChains(
                FilterChain.newBuilder()
                    .setName("virtualOutbound-catchall-tcp")
                    .addFilters(HttpConnections.tcp(traits.catchAllCluster())));
    if (traits.interception() == Proxy.Interception.TPROXY) {
      listener.setTransparent(BoolValue.of(true));
    }
    return listener.build();
  }
}
