package dev.ballast.mesh.envoy;

import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;

/** Filters that look at a connection before a chain is chosen. */
final class ListenerFilters {
  private ListenerFilters() {}

  static ListenerFilter originalDestination() {
    return filter("original_dst", OriginalDst.getDefaultInstance());
  }

  static ListenerFilter tls() {
    return filter(
        "tls_inspector",
        TlsInspector.newBuilder().setInitialReadBufferSize(Pack.uint(512)).build());
  }

  static ListenerFilter http() {
    return filter("http_inspector", HttpInspector.getDefaultInstance());
  }

  private static ListenerFilter filter(String name, com.google.protobuf.Message config) {
    return ListenerFilter.newBuilder()
        .setName("envoy.filters.listener." + name)
        .setTypedConfig(Pack.any(config))
        .build();
  }
}
