package dev.ballast.mesh.envoy;

import com.google.protobuf.BoolValue;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.grpc_stats.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.RequestIDExtension;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig;

/** The network filters that end a chain. */
final class HttpConnections {
  private static final String HTTP = "envoy.filters.network.http_connection_manager";
  private static final String TCP = "envoy.filters.network.tcp_proxy";

  private HttpConnections() {}

  static Filter outbound(String address, String routes, IstioExtensions extensions) {
    HttpConnectionManager.Builder manager =
        common("outbound_" + address + ";", extensions, false)
            .setRds(Rds.newBuilder().setConfigSource(Pack.ADS).setRouteConfigName(routes));
    return filter(manager);
  }

  static Filter inbound(String prefix, RouteConfiguration routes, IstioExtensions extensions) {
    HttpConnectionManager.Builder manager =
        common(prefix + ";", extensions, true)
            .setRouteConfig(routes)
            .setServerName("istio-envoy")
            .setForwardClientCertDetails(
                HttpConnectionManager.ForwardClientCertDetails.APPEND_FORWARD)
            .setSetCurrentClientCertDetails(
                HttpConnectionManager.SetCurrentClientCertDetails.newBuilder()
                    .setSubject(BoolValue.of(true))
                    .setDns(true)
                    .setUri(true));
    return filter(manager);
  }

  private static Filter filter(HttpConnectionManager.Builder manager) {
    return Filter.newBuilder().setName(HTTP).setTypedConfig(Pack.any(manager.build())).build();
  }

  private static HttpConnectionManager.Builder common(
      String prefix, IstioExtensions extensions, boolean inbound) {
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(prefix)
            .setUseRemoteAddress(BoolValue.of(false))
            .setProxy100Continue(true)
            .setStreamIdleTimeout(Pack.ZERO)
            .setNormalizePath(BoolValue.of(true))
            .setPathWithEscapedSlashesAction(
                HttpConnectionManager.PathWithEscapedSlashesAction.KEEP_UNCHANGED)
            .addUpgradeConfigs(
                HttpConnectionManager.UpgradeConfig.newBuilder().setUpgradeType("websocket"))
            .setRequestIdExtension(
                RequestIDExtension.newBuilder()
                    .setTypedConfig(
                        Pack.any(
                            UuidRequestIdConfig.newBuilder()
                                .setUseRequestIdForTraceSampling(BoolValue.of(true))
                                .build())));
    if (extensions.metadataExchange()) {
      manager.addHttpFilters(
          http(IstioExtensions.METADATA_EXCHANGE, IstioExtensions.httpExchange(inbound)));
    }
    manager.addHttpFilters(
        http(
            "envoy.filters.http.grpc_stats",
            FilterConfig.newBuilder()
                .setEmitFilterState(true)
                .setStatsForAllMethods(BoolValue.of(false))
                .build()));
    if (extensions.alpn() && !inbound) {
      manager.addHttpFilters(http(IstioExtensions.ALPN, IstioExtensions.alpnFilter()));
    }
    return manager
        .addHttpFilters(http("envoy.filters.http.fault", HTTPFault.getDefaultInstance()))
        .addHttpFilters(http("envoy.filters.http.cors", Cors.getDefaultInstance()))
        .addHttpFilters(http("envoy.filters.http.router", Router.getDefaultInstance()));
  }

  private static HttpFilter http(String name, com.google.protobuf.Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Pack.any(config)).build();
  }

  static Filter tcp(TcpProxy proxy) {
    return Filter.newBuilder().setName(TCP).setTypedConfig(Pack.any(proxy)).build();
  }

  static Filter tcp(String cluster) {
    return tcp(TcpProxy.newBuilder().setStatPrefix(cluster).setCluster(cluster).build());
  }

  static Filter tcpExchange() {
    return Filter.newBuilder()
        .setName(IstioExtensions.METADATA_EXCHANGE)
        .setTypedConfig(Pack.any(IstioExtensions.tcpExchange()))
        .build();
  }
}
