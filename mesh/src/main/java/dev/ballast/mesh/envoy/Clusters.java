package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt64Value;
import com.google.protobuf.Value;
import dev.ballast.mesh.model.MeshPort;
import dev.ballast.mesh.model.MeshService;
import dev.ballast.mesh.resource.PeerAuthentication;
import dev.ballast.mesh.resource.Protocol;
import dev.ballast.mesh.resource.ServiceEntry.Resolution;
import dev.ballast.mesh.resource.TrafficPolicy;
import dev.ballast.mesh.resource.TrafficPolicy.LoadBalancer;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.LbPolicy;
import io.envoyproxy.envoy.config.cluster.v3.Filter;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Clusters. */
final class Clusters {
  private static final String OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final int NO_LIMIT = -1; // As an unsigned number.
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final com.google.protobuf.Duration FOREVER = Pack.seconds(9_223_372_035L);

  private final Traits traits;
  private final String trustDomain;
  private final boolean autoMtls;

  Clusters(Traits traits, String trustDomain, boolean autoMtls) {
    this.traits = traits;
    this.trustDomain = trustDomain;
    this.autoMtls = autoMtls;
  }

  /** Returns how Envoy finds the endpoints of a service. */
  static DiscoveryType type(MeshService service, TrafficPolicy policy) {
    boolean passthrough =
        policy.loadBalancer().isPresent()
            && policy.loadBalancer().get() instanceof LoadBalancer.Simple(var algorithm)
            && algorithm == TrafficPolicy.Algorithm.PASSTHROUGH;
    return switch (service.resolution()) {
      case NONE -> DiscoveryType.ORIGINAL_DST;
      case STATIC -> passthrough ? DiscoveryType.ORIGINAL_DST : DiscoveryType.EDS;
      case DNS -> DiscoveryType.STRICT_DNS;
      case DNS_ROUND_ROBIN -> DiscoveryType.LOGICAL_DNS;
      case DYNAMIC_DNS -> DiscoveryType.ORIGINAL_DST;
    };
  }

  /** The cluster of a port, or of a subset of its endpoints; none for DNS without endpoints. */
  Optional<Cluster> outbound(
      MeshService service,
      MeshPort port,
      HostPolicy hostPolicy,
      Optional<HostPolicy.Subset> subset,
      PeerAuthentication.Mode peerMode) {
    TrafficPolicy policy =
        subset
            .map(each -> hostPolicy.ofPort(each, port.number()))
            .orElseGet(() -> hostPolicy.ofPort(port.number()));
    String subsetName = subset.map(each -> each.subset().name()).orElse("");
    String name = Names.outbound(port.number(), subsetName, service.host());
    DiscoveryType type = type(service, policy);
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(name)
            .setType(type)
            .setConnectTimeout(
                Pack.duration(
                    policy
                        .connectionPool()
                        .flatMap(TrafficPolicy.ConnectionPool::connectTimeout)
                        .orElse(CONNECT)))
            .setAltStatName(name + ";")
            .setMetadata(Pack.istio(metadata(service, hostPolicy, subsetName, policy)));
    boolean placed = place(cluster, type, service, port, subset);
    if (!placed) {
      return Optional.empty();
    }
    balance(cluster, type, policy);
    limits(cluster, policy);
    tls(cluster, type, service, port, subsetName, policy, peerMode);
    protocol(cluster, port, policy);
    exchange(cluster);
    return Optional.of(cluster.build());
  }

  private Struct metadata(
      MeshService service, HostPolicy hostPolicy, String subset, TrafficPolicy policy) {
    Struct.Builder istio = Struct.newBuilder();
    if (originates(policy)) {
      istio.putFields("alpn_override", Pack.text("false"));
    }
    hostPolicy.configPath().ifPresent(path -> istio.putFields("config", Pack.text(path)));
    if (service.external() && subset.isEmpty()) {
      istio.putFields("external", Value.newBuilder().setBoolValue(true).build());
    }
    istio.putFields("services", services(service));
    if (!subset.isEmpty()) {
      istio.putFields("subset", Pack.text(subset));
    }
    return istio.build();
  }

  static Value services(MeshService service) {
    return Value.newBuilder()
        .setListValue(
            com.google.protobuf.ListValue.newBuilder()
                .addValues(
                    Value.newBuilder()
                        .setStructValue(
                            Struct.newBuilder()
                                .putFields("host", Pack.text(service.host()))
                                .putFields("name", Pack.text(service.name()))
                                .putFields("namespace", Pack.text(service.namespace())))))
        .build();
  }

  private static boolean originates(TrafficPolicy policy) {
    return policy
        .tls()
        .map(tls ->
            tls.mode() == TrafficPolicy.Mode.SIMPLE || tls.mode() == TrafficPolicy.Mode.MUTUAL)
        .orElse(false);
  }

  @SuppressWarnings("deprecation") // Istio's form, which every Envoy of its time reads
  private boolean place(
      Cluster.Builder cluster,
      DiscoveryType type,
      MeshService service,
      MeshPort port,
      Optional<HostPolicy.Subset> subset) {
    switch (type) {
      case EDS ->
          cluster.setEdsClusterConfig(
              Cluster.EdsClusterConfig.newBuilder()
                  .setEdsConfig(Pack.ADS)
                  .setServiceName(cluster.getName()));
      case STRICT_DNS, LOGICAL_DNS -> {
        var assignment =
            Endpoints.of(
                cluster.getName(),
                service,
                port,
                subset.map(each -> each.subset().labels()).orElse(java.util.Map.of()),
                traits.cluster(),
                false);
        if (assignment.getEndpointsCount() == 0) {
          return false;
        }
        cluster
            .setLoadAssignment(assignment)
            .setDnsRefreshRate(Pack.seconds(60))
            .setDnsJitter(Pack.duration(Duration.ofMillis(100)))
            .setRespectDnsTtl(true)
            .setDnsLookupFamily(
                traits.ipv6Only()
                    ? Cluster.DnsLookupFamily.V6_ONLY
                    : Cluster.DnsLookupFamily.V4_ONLY)
            .setTypedDnsResolverConfig(
                TypedExtensionConfig.newBuilder()
                    .setName("envoy.network.dns_resolver.cares")
                    .setTypedConfig(
                        Pack.any(
                            CaresDnsResolverConfig.newBuilder()
                                .setUdpMaxQueries(Pack.uint(100))
                                .build())));
      }
      case ORIGINAL_DST -> {
        if (service.resolution() == Resolution.NONE
            && !service.isKubernetes()
            && port.targetPort() != port.number()) {
          cluster.setOriginalDstLbConfig(
              Cluster.OriginalDstLbConfig.newBuilder()
                  .setUpstreamPortOverride(Pack.uint(port.targetPort())));
        }
      }
      case STATIC, UNRECOGNIZED -> throw new IllegalStateException("no outbound cluster: " + type);
    }
    return true;
  }

  private static void balance(Cluster.Builder cluster, DiscoveryType type, TrafficPolicy policy) {
    cluster.setCommonLbConfig(
        Cluster.CommonLbConfig.newBuilder()
            .setHealthyPanicThreshold(
                Percent.newBuilder()
                    .setValue(
                        policy
                            .outlierDetection()
                            .map(TrafficPolicy.OutlierDetection::minHealthPercent)
                            .orElse(0))));
    if (type == DiscoveryType.ORIGINAL_DST) {
      cluster.setLbPolicy(LbPolicy.CLUSTER_PROVIDED);
      return;
    }
    switch (policy
        .loadBalancer()
        .orElse(new LoadBalancer.Simple(TrafficPolicy.Algorithm.UNSPECIFIED))) {
      case LoadBalancer.Simple(var algorithm) ->
          cluster.setLbPolicy(
              switch (algorithm) {
                case UNSPECIFIED, LEAST_CONN, LEAST_REQUEST, PASSTHROUGH -> LbPolicy.LEAST_REQUEST;
                case RANDOM -> LbPolicy.RANDOM;
                case ROUND_ROBIN -> LbPolicy.ROUND_ROBIN;
              });
      case LoadBalancer.Hash(_, boolean maglev, var size) -> {
        if (maglev) {
          cluster.setLbPolicy(LbPolicy.MAGLEV);
          size.ifPresent(table ->
              cluster.setMaglevLbConfig(
                  Cluster.MaglevLbConfig.newBuilder().setTableSize(UInt64Value.of(table))));
        } else {
          cluster
              .setLbPolicy(LbPolicy.RING_HASH)
              .setRingHashLbConfig(
                  Cluster.RingHashLbConfig.newBuilder()
                      .setMinimumRingSize(UInt64Value.of(size.orElse(1024))));
        }
      }
    }
  }

  private static void limits(Cluster.Builder cluster, TrafficPolicy policy) {
    Optional<TrafficPolicy.ConnectionPool> pool = policy.connectionPool();
    cluster.setCircuitBreakers(
        thresholds(
            pool.map(TrafficPolicy.ConnectionPool::maxConnections),
            pool.map(TrafficPolicy.ConnectionPool::http1MaxPendingRequests),
            pool.map(TrafficPolicy.ConnectionPool::http2MaxRequests),
            pool.map(TrafficPolicy.ConnectionPool::maxRetries)));
    pool.flatMap(TrafficPolicy.ConnectionPool::keepalive)
        .ifPresent(keepalive -> {
          TcpKeepalive.Builder built = TcpKeepalive.newBuilder();
          keepalive.probes().ifPresent(each -> built.setKeepaliveProbes(Pack.uint(each)));
          keepalive
              .time()
              .ifPresent(each -> built.setKeepaliveTime(Pack.uint((int) each.toSeconds())));
          keepalive
              .interval()
              .ifPresent(each -> built.setKeepaliveInterval(Pack.uint((int) each.toSeconds())));
          cluster.setUpstreamConnectionOptions(
              UpstreamConnectionOptions.newBuilder().setTcpKeepalive(built));
        });
    policy.outlierDetection().ifPresent(each -> cluster.setOutlierDetection(outliers(each)));
  }

  private static CircuitBreakers thresholds(
      Optional<OptionalInt> connections,
      Optional<OptionalInt> pending,
      Optional<OptionalInt> requests,
      Optional<OptionalInt> retries) {
    return CircuitBreakers.newBuilder()
        .addThresholds(
            CircuitBreakers.Thresholds.newBuilder()
                .setMaxConnections(limit(connections))
                .setMaxPendingRequests(limit(pending))
                .setMaxRequests(limit(requests))
                .setMaxRetries(limit(retries)))
        .build();
  }

  private static com.google.protobuf.UInt32Value limit(Optional<OptionalInt> written) {
    int value = written.orElse(OptionalInt.empty()).orElse(NO_LIMIT);
    return Pack.uint(value == 0 ? NO_LIMIT : value);
  }

  static CircuitBreakers unlimited() {
    return thresholds(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static OutlierDetection outliers(TrafficPolicy.OutlierDetection written) {
    OutlierDetection.Builder built =
        OutlierDetection.newBuilder().setEnforcingSuccessRate(Pack.uint(0));
    written
        .consecutive5xxErrors()
        .ifPresent(count ->
            built
                .setConsecutive5Xx(Pack.uint(count))
                .setEnforcingConsecutive5Xx(Pack.uint(count > 0 ? 100 : 0)));
    written
        .consecutiveGatewayErrors()
        .ifPresent(count ->
            built
                .setConsecutiveGatewayFailure(Pack.uint(count))
                .setEnforcingConsecutiveGatewayFailure(Pack.uint(count > 0 ? 100 : 0)));
    if (written.splitExternalLocalOriginErrors()) {
      built.setSplitExternalLocalOriginErrors(true);
      written
          .consecutiveLocalOriginFailures()
          .ifPresent(count ->
              built
                  .setConsecutiveLocalOriginFailure(Pack.uint(count))
                  .setEnforcingConsecutiveLocalOriginFailure(Pack.uint(count > 0 ? 100 : 0)));
      built.setEnforcingLocalOriginSuccessRate(Pack.uint(0));
    }
    written.interval().ifPresent(each -> built.setInterval(Pack.duration(each)));
    written.baseEjectionTime().ifPresent(each -> built.setBaseEjectionTime(Pack.duration(each)));
    if (written.maxEjectionPercent() > 0) {
      built.setMaxEjectionPercent(Pack.uint(written.maxEjectionPercent()));
    }
    return built.build();
  }

  private void tls(
      Cluster.Builder cluster,
      DiscoveryType type,
      MeshService service,
      MeshPort port,
      String subset,
      TrafficPolicy policy,
      PeerAuthentication.Mode peerMode) {
    boolean http2 = isHttp2(port, policy);
    String sni = Names.sni(port.number(), subset, service.host());
    if (policy.tls().isPresent()) {
      TrafficPolicy.Tls tls = policy.tls().get();
      switch (tls.mode()) {
        case DISABLE -> {}
        case SIMPLE, MUTUAL ->
            cluster.setTransportSocket(
                Tls.socket(
                    Tls.originated(
                        traits.hasAgent(), tls, names(service, tls.subjectAltNames()), http2)));
        case ISTIO_MUTUAL -> {
          if (traits.canAuthenticate()) {
            cluster.setTransportSocket(
                Tls.socket(
                    Tls.mutual(
                        traits.hasAgent(),
                        traits.clientFiles(),
                        tls.subjectAltNames().isEmpty()
                            ? identities(service)
                            : tls.subjectAltNames(),
                        tls.sni().isEmpty() ? sni : tls.sni(),
                        http2)));
          }
        }
      }
      return;
    }
    if (autoMtls
        && !service.external()
        && type != DiscoveryType.ORIGINAL_DST
        && peerMode != PeerAuthentication.Mode.DISABLE
        && traits.canAuthenticate()) {
      cluster
          .addTransportSocketMatches(
              Cluster.TransportSocketMatch.newBuilder()
                  .setName("tlsMode-istio")
                  .setMatch(Struct.newBuilder().putFields("tlsMode", Pack.text("istio")))
                  .setTransportSocket(
                      Tls.socket(
                          Tls.mutual(
                              traits.hasAgent(),
                              traits.clientFiles(),
                              identities(service),
                              sni,
                              http2))))
          .addTransportSocketMatches(
              Cluster.TransportSocketMatch.newBuilder()
                  .setName("tlsMode-disabled")
                  .setMatch(Struct.getDefaultInstance())
                  .setTransportSocket(Tls.rawBuffer()));
    }
  }

  private static List<String> names(MeshService service, List<String> written) {
    return written.isEmpty() ? service.subjectAltNames() : written;
  }

  private List<String> identities(MeshService service) {
    List<String> identities = new ArrayList<>(service.subjectAltNames());
    service.endpoints().stream()
        .map(each -> each.identity(trustDomain))
        .filter(each -> !each.isEmpty())
        .distinct()
        .sorted()
        .filter(each -> !identities.contains(each))
        .forEach(identities::add);
    return identities;
  }

  private static boolean isHttp2(MeshPort port, TrafficPolicy policy) {
    String upgrade =
        policy.connectionPool().map(TrafficPolicy.ConnectionPool::h2UpgradePolicy).orElse("");
    return port.protocol().isHttp2()
        || (upgrade.equals("UPGRADE") && port.protocol() == Protocol.HTTP);
  }

  private static void protocol(Cluster.Builder cluster, MeshPort port, TrafficPolicy policy) {
    Optional<TrafficPolicy.ConnectionPool> pool = policy.connectionPool();
    var options = io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder();
    boolean needed = false;
    HttpProtocolOptions.Builder common = HttpProtocolOptions.newBuilder();
    if (pool.isPresent()) {
      pool.get().httpIdleTimeout().ifPresent(each -> common.setIdleTimeout(Pack.duration(each)));
      pool.get()
          .maxRequestsPerConnection()
          .ifPresent(each -> common.setMaxRequestsPerConnection(Pack.uint(each)));
      pool.get()
          .maxConnectionDuration()
          .ifPresent(each -> common.setMaxConnectionDuration(Pack.duration(each)));
      if (!common.build().equals(HttpProtocolOptions.getDefaultInstance())) {
        options.setCommonHttpProtocolOptions(common);
        needed = true;
      }
    }
    if (originates(policy) && policy.tls().orElseThrow().sni().isEmpty()) {
      options.setUpstreamHttpProtocolOptions(
          UpstreamHttpProtocolOptions.newBuilder()
              .setAutoSni(true)
              .setAutoSanValidation(
                  policy.tls().get().subjectAltNames().isEmpty()
                      && !policy.tls().get().insecureSkipVerify()));
      needed = true;
    }
    Http2ProtocolOptions.Builder http2 = Http2ProtocolOptions.newBuilder();
    pool.ifPresent(each ->
        each.maxConcurrentStreams()
            .ifPresent(streams -> http2.setMaxConcurrentStreams(Pack.uint(streams))));
    boolean downstream =
        port.protocol() == Protocol.AUTO
            || pool.map(TrafficPolicy.ConnectionPool::useClientProtocol).orElse(false);
    if (downstream) {
      options.setUseDownstreamProtocolConfig(downstreamProtocol(http2.build()));
      needed = true;
    } else if (isHttp2(port, policy)) {
      options.setExplicitHttpConfig(
          io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig
              .newBuilder()
              .setHttp2ProtocolOptions(http2));
      needed = true;
    } else if (needed) {
      options.setExplicitHttpConfig(
          io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig
              .newBuilder()
              .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()));
    }
    if (needed) {
      cluster.putTypedExtensionProtocolOptions(OPTIONS, Pack.any(options.build()));
    }
  }

  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          .UseDownstreamHttpConfig
      downstreamProtocol(Http2ProtocolOptions http2) {
    return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        .UseDownstreamHttpConfig.newBuilder()
        .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance())
        .setHttp2ProtocolOptions(http2)
        .build();
  }

  private void exchange(Cluster.Builder cluster) {
    if (traits.extensions().metadataExchange()) {
      cluster.addFilters(
          Filter.newBuilder()
              .setName(IstioExtensions.METADATA_EXCHANGE)
              .setTypedConfig(Pack.any(IstioExtensions.tcpExchange())));
    }
  }

  static Cluster blackHole() {
    return Cluster.newBuilder()
        .setName(Names.BLACK_HOLE)
        .setType(DiscoveryType.STATIC)
        .setConnectTimeout(Pack.duration(CONNECT))
        .setAltStatName(Names.BLACK_HOLE + ";")
        .build();
  }

  Cluster passthrough() {
    Cluster.Builder cluster = originalDestination(Names.PASSTHROUGH);
    idleAndDownstream(cluster);
    exchange(cluster);
    return cluster.build();
  }

  Cluster inboundPassthrough() {
    Cluster.Builder cluster = originalDestination(Names.INBOUND_PASSTHROUGH);
    idleAndDownstream(cluster);
    bindSource(cluster, traits.ipv6Only());
    return cluster.build();
  }

  private static Cluster.Builder originalDestination(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(DiscoveryType.ORIGINAL_DST)
        .setConnectTimeout(Pack.duration(CONNECT))
        .setLbPolicy(LbPolicy.CLUSTER_PROVIDED)
        .setCircuitBreakers(unlimited())
        .setAltStatName(Names.PASSTHROUGH + ";");
  }

  private static void idleAndDownstream(Cluster.Builder cluster) {
    cluster.putTypedExtensionProtocolOptions(
        OPTIONS,
        Pack.any(
            io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
                .setCommonHttpProtocolOptions(
                    HttpProtocolOptions.newBuilder().setIdleTimeout(Pack.seconds(300)))
                .setUseDownstreamProtocolConfig(
                    downstreamProtocol(Http2ProtocolOptions.getDefaultInstance()))
                .build()));
  }

  /** Connections from this source are not captured again. */
  private static void bindSource(Cluster.Builder cluster, boolean ipv6) {
    cluster.setUpstreamBindConfig(
        BindConfig.newBuilder()
            .setSourceAddress(
                SocketAddress.newBuilder().setAddress(ipv6 ? "::6" : "127.0.0.6").setPortValue(0)));
  }

  /** The cluster of a port of the workload itself. */
  Cluster inbound(MeshService service, MeshPort port, int target) {
    Cluster.Builder cluster =
        originalDestination(Names.inbound(target))
            .setAltStatName(Names.inbound(target) + ";")
            .setCleanupInterval(FOREVER)
            .setCommonLbConfig(Cluster.CommonLbConfig.getDefaultInstance())
            .setMetadata(
                Pack.istio(Struct.newBuilder().putFields("services", services(service)).build()));
    bindSource(cluster, traits.ipv6Only());
    protocol(cluster, port, TrafficPolicy.NONE);
    return cluster.build();
  }

  static BoolValue off() {
    return BoolValue.of(false);
  }
}
