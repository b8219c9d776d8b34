package dev.ballast.mesh.control;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Admin;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/** What a proxy is started with. */
public final class Bootstraps {
  private static final String CONTROL_PLANE = "xds-grpc";
  private static final String AGENT = "sds-grpc";
  private static final String OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  private Bootstraps() {}

  /**
   * How Envoy reaches the control plane.
   *
   * @param agent the socket of what serves secrets; empty for nothing
   * @param root the CA of the control plane; empty for plaintext
   */
  public record Options(
      InetSocketAddress controlPlane,
      int adminPort,
      boolean delta,
      Optional<Path> agent,
      Optional<Path> root,
      Optional<Path> certificate,
      Optional<Path> key) {}

  /** Returns Envoy's, as JSON. */
  public static String envoy(Node node, Options options) {
    Node.Builder described = node.toBuilder();
    if (options.agent().isEmpty()) {
      described.getMetadataBuilder().putFields("BALLAST_AGENT", text("none"));
    }
    Bootstrap.Builder bootstrap =
        Bootstrap.newBuilder()
            .setNode(described)
            .setAdmin(Admin.newBuilder().setAddress(socket("127.0.0.1", options.adminPort())))
            .setDynamicResources(
                Bootstrap.DynamicResources.newBuilder()
                    .setAdsConfig(
                        ApiConfigSource.newBuilder()
                            .setApiType(
                                options.delta()
                                    ? ApiConfigSource.ApiType.DELTA_GRPC
                                    : ApiConfigSource.ApiType.GRPC)
                            .setTransportApiVersion(ApiVersion.V3)
                            .setSetNodeOnFirstMessageOnly(true)
                            .addGrpcServices(
                                GrpcService.newBuilder()
                                    .setEnvoyGrpc(
                                        GrpcService.EnvoyGrpc.newBuilder()
                                            .setClusterName(CONTROL_PLANE))))
                    .setCdsConfig(ads())
                    .setLdsConfig(ads()));
    bootstrap.getStaticResourcesBuilder().addClusters(controlPlane(options));
    options
        .agent()
        .ifPresent(path ->
            bootstrap
                .getStaticResourcesBuilder()
                .addClusters(
                    http2(AGENT)
                        .setLoadAssignment(
                            endpoint(
                                AGENT,
                                Address.newBuilder()
                                    .setPipe(Pipe.newBuilder().setPath(path.toString()))
                                    .build()))));
    return json(bootstrap.build());
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setInitialFetchTimeout(Duration.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  private static Cluster controlPlane(Options options) {
    Cluster.Builder cluster =
        http2(CONTROL_PLANE)
            .setLoadAssignment(
                endpoint(
                    CONTROL_PLANE,
                    socket(
                        options.controlPlane().getHostString(), options.controlPlane().getPort())));
    options
        .root()
        .ifPresent(root -> {
          CommonTlsContext.Builder common =
              CommonTlsContext.newBuilder()
                  .addAlpnProtocols("h2")
                  .setValidationContext(
                      CertificateValidationContext.newBuilder().setTrustedCa(file(root)));
          if (options.certificate().isPresent() && options.key().isPresent()) {
            common.addTlsCertificates(
                TlsCertificate.newBuilder()
                    .setCertificateChain(file(options.certificate().get()))
                    .setPrivateKey(file(options.key().get())));
          }
          cluster.setTransportSocket(
              TransportSocket.newBuilder()
                  .setName("envoy.transport_sockets.tls")
                  .setTypedConfig(
                      Any.pack(
                          UpstreamTlsContext.newBuilder().setCommonTlsContext(common).build())));
        });
    return cluster.build();
  }

  private static DataSource file(Path path) {
    return DataSource.newBuilder().setFilename(path.toAbsolutePath().toString()).build();
  }

  private static Cluster.Builder http2(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setType(Cluster.DiscoveryType.STRICT_DNS)
        .setConnectTimeout(Duration.newBuilder().setSeconds(1))
        .putTypedExtensionProtocolOptions(
            OPTIONS,
            Any.pack(
                HttpProtocolOptions.newBuilder()
                    .setExplicitHttpConfig(
                        HttpProtocolOptions.ExplicitHttpConfig.newBuilder()
                            .setHttp2ProtocolOptions(
                                Http2ProtocolOptions.newBuilder()
                                    .setConnectionKeepalive(
                                        KeepaliveSettings.newBuilder()
                                            .setInterval(Duration.newBuilder().setSeconds(30))
                                            .setTimeout(Duration.newBuilder().setSeconds(10)))))
                    .build()));
  }

  private static ClusterLoadAssignment endpoint(String cluster, Address address) {
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(cluster)
        .addEndpoints(
            LocalityLbEndpoints.newBuilder()
                .addLbEndpoints(
                    LbEndpoint.newBuilder()
                        .setEndpoint(Endpoint.newBuilder().setAddress(address))
                        .setLoadBalancingWeight(UInt32Value.of(1))))
        .build();
  }

  private static Address socket(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }

  /** Returns that of gRPC's own xDS clients, as JSON. */
  public static String grpc(Node node, InetSocketAddress controlPlane) {
    Node described =
        node.toBuilder()
            .setMetadata(node.getMetadata().toBuilder().putFields("GENERATOR", text("grpc")))
            .build();
    Struct bootstrap =
        Struct.newBuilder()
            .putFields(
                "xds_servers",
                list(
                    struct(
                        Struct.newBuilder()
                            .putFields(
                                "server_uri",
                                text(controlPlane.getHostString() + ":" + controlPlane.getPort()))
                            .putFields(
                                "channel_creds",
                                list(
                                    struct(
                                        Struct.newBuilder().putFields("type", text("insecure")))))
                            .putFields("server_features", list(text("xds_v3"))))))
            .putFields(
                "node",
                struct(
                    Struct.newBuilder()
                        .putFields("id", text(described.getId()))
                        .putFields("cluster", text(described.getCluster()))
                        .putFields("metadata", struct(described.getMetadata().toBuilder()))))
            .build();
    return json(bootstrap);
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value struct(Struct.Builder struct) {
    return Value.newBuilder().setStructValue(struct).build();
  }

  private static Value list(Value value) {
    return Value.newBuilder()
        .setListValue(com.google.protobuf.ListValue.newBuilder().addValues(value))
        .build();
  }

  private static String json(Message message) {
    try {
      return JsonFormat.printer()
          .usingTypeRegistry(
              TypeRegistry.newBuilder()
                  .add(HttpProtocolOptions.getDescriptor())
                  .add(UpstreamTlsContext.getDescriptor())
                  .build())
          .preservingProtoFieldNames()
          .print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the bootstrap cannot be printed", e);
    }
  }
}
