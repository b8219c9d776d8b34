package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import dev.ballast.mesh.resource.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import java.util.Optional;

/** Transport sockets. */
final class Tls {
  static final String SOCKET = "envoy.transport_sockets.tls";
  static final String DEFAULT = "default";
  static final String ROOT = "ROOTCA";

  private static final TlsParameters VERSIONS =
      TlsParameters.newBuilder()
          .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_2)
          .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3)
          .build();

  private static final List<String> SERVER_CIPHERS =
      List.of(
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "AES256-GCM-SHA384",
          "AES128-GCM-SHA256");

  private Tls() {}

  static TransportSocket rawBuffer() {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.raw_buffer")
        .setTypedConfig(Pack.any(RawBuffer.getDefaultInstance()))
        .build();
  }

  static TransportSocket socket(UpstreamTlsContext context) {
    return TransportSocket.newBuilder().setName(SOCKET).setTypedConfig(Pack.any(context)).build();
  }

  /** Istio's mutual TLS to endpoints of the mesh. */
  static UpstreamTlsContext mutual(
      boolean hasAgent,
      Optional<Proxy.TlsFiles> files,
      List<String> identities,
      String sni,
      boolean http2) {
    CommonTlsContext.Builder common =
        CommonTlsContext.newBuilder()
            .setTlsParams(VERSIONS)
            .addAlpnProtocols("istio-peer-exchange")
            .addAlpnProtocols("istio");
    if (http2) {
      common.addAlpnProtocols("h2");
    }
    common.addTlsCertificateSdsSecretConfigs(own(hasAgent, files));
    common.setCombinedValidationContext(validation(identities, root(hasAgent, files)));
    return UpstreamTlsContext.newBuilder().setCommonTlsContext(common).setSni(sni).build();
  }

  private static SdsSecretConfig own(boolean hasAgent, Optional<Proxy.TlsFiles> files) {
    return files
        .map(each ->
            secret(hasAgent, "file-cert:" + each.certificateChain() + "~" + each.key(), false))
        .orElseGet(() -> secret(hasAgent, DEFAULT, true));
  }

  private static SdsSecretConfig root(boolean hasAgent, Optional<Proxy.TlsFiles> files) {
    return files
        .map(each -> secret(hasAgent, "file-root:" + each.root(), false))
        .orElseGet(() -> secret(hasAgent, ROOT, true));
  }

  /** TLS that a rule originates. */
  static UpstreamTlsContext originated(
      boolean hasAgent, TrafficPolicy.Tls tls, List<String> names, boolean http2) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder().setTlsParams(VERSIONS);
    if (http2) {
      common.addAlpnProtocols("h2");
    }
    if (!tls.clientCertificate().isEmpty() && !tls.privateKey().isEmpty()) {
      common.addTlsCertificateSdsSecretConfigs(
          secret(hasAgent, "file-cert:" + tls.clientCertificate() + "~" + tls.privateKey(), false));
    }
    if (!tls.insecureSkipVerify()) {
      String root = tls.caCertificates().isEmpty() ? "system" : tls.caCertificates();
      common.setCombinedValidationContext(
          validation(names, secret(hasAgent, "file-root:" + root, false)));
    }
    return UpstreamTlsContext.newBuilder().setCommonTlsContext(common).setSni(tls.sni()).build();
  }

  private static CommonTlsContext.CombinedCertificateValidationContext validation(
      List<String> names, SdsSecretConfig root) {
    CertificateValidationContext.Builder context = CertificateValidationContext.newBuilder();
    addNames(context, names);
    return CommonTlsContext.CombinedCertificateValidationContext.newBuilder()
        .setDefaultValidationContext(context)
        .setValidationContextSdsSecretConfig(root)
        .build();
  }

  @SuppressWarnings("deprecation") // Istio's form, which every Envoy of its time reads
  private static void addNames(CertificateValidationContext.Builder context, List<String> names) {
    for (String name : names) {
      context.addMatchSubjectAltNames(
          name.endsWith("*")
              ? StringMatcher.newBuilder().setPrefix(name.substring(0, name.length() - 1))
              : StringMatcher.newBuilder().setExact(name));
    }
  }

  /**
   * A secret that an agent serves, or else, for files, the control plane: it names the files alone.
   */
  static SdsSecretConfig secret(boolean hasAgent, String name, boolean waits) {
    ConfigSource.Builder source = ConfigSource.newBuilder().setResourceApiVersion(ApiVersion.V3);
    if (hasAgent) {
      source.setApiConfigSource(
          ApiConfigSource.newBuilder()
              .setApiType(ApiConfigSource.ApiType.GRPC)
              .addGrpcServices(
                  GrpcService.newBuilder()
                      .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("sds-grpc")))
              .setSetNodeOnFirstMessageOnly(true)
              .setTransportApiVersion(ApiVersion.V3));
    } else {
      source.setAds(io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource.getDefaultInstance());
    }
    if (waits) {
      source.setInitialFetchTimeout(Pack.ZERO);
    }
    return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(source).build();
  }

  /** What a workload of the mesh asks of its clients. */
  static TransportSocket server(Proxy proxy, String trustDomain, boolean tcp) {
    CommonTlsContext.Builder common =
        CommonTlsContext.newBuilder()
            .setTlsParams(VERSIONS.toBuilder().addAllCipherSuites(SERVER_CIPHERS));
    if (tcp) {
      common.addAlpnProtocols("istio-peer-exchange");
    }
    common.addAlpnProtocols("h2").addAlpnProtocols("http/1.1");
    common.addTlsCertificateSdsSecretConfigs(own(proxy.hasAgent(), proxy.serverFiles()));
    common.setCombinedValidationContext(
        validation(
            List.of("spiffe://" + trustDomain + "/*"),
            root(proxy.hasAgent(), proxy.serverFiles())));
    return TransportSocket.newBuilder()
        .setName(SOCKET)
        .setTypedConfig(
            Pack.any(
                DownstreamTlsContext.newBuilder()
                    .setCommonTlsContext(common)
                    .setRequireClientCertificate(BoolValue.of(true))
                    .build()))
        .build();
  }
}
