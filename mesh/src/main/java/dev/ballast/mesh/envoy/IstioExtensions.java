package dev.ballast.mesh.envoy;

import com.github.udpa.udpa.type.v1.TypedStruct;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.List;
import java.util.Set;

/** Filters that only Istio's build of Envoy has; others would refuse what names them. */
record IstioExtensions(boolean metadataExchange, boolean alpn) {
  static final String METADATA_EXCHANGE = "istio.metadata_exchange";
  static final String ALPN = "istio.alpn";

  private static final Value EMPTY =
      Value.newBuilder().setStructValue(Struct.getDefaultInstance()).build();

  static IstioExtensions of(Set<String> names) {
    return new IstioExtensions(names.contains(METADATA_EXCHANGE), names.contains(ALPN));
  }

  static TypedStruct tcpExchange() {
    return TypedStruct.newBuilder()
        .setTypeUrl("type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange")
        .setValue(
            Struct.newBuilder()
                .putFields("enable_discovery", Value.newBuilder().setBoolValue(true).build())
                .putFields("protocol", Pack.text("istio-peer-exchange")))
        .build();
  }

  static TypedStruct httpExchange(boolean inbound) {
    String side = inbound ? "downstream" : "upstream";
    return TypedStruct.newBuilder()
        .setTypeUrl("type.googleapis.com/io.istio.http.peer_metadata.Config")
        .setValue(
            Struct.newBuilder()
                .putFields(
                    side + "_discovery",
                    list(single("istio_headers", EMPTY), single("workload_discovery", EMPTY)))
                .putFields(side + "_propagation", list(single("istio_headers", EMPTY))))
        .build();
  }

  static TypedStruct alpnFilter() {
    return TypedStruct.newBuilder()
        .setTypeUrl("type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig")
        .setValue(
            Struct.newBuilder()
                .putFields(
                    "alpn_override",
                    list(
                        override("HTTP10", "istio-http/1.0", "istio", "http/1.0"),
                        override("HTTP11", "istio-http/1.1", "istio", "http/1.1"),
                        override("HTTP2", "istio-h2", "istio", "h2"))))
        .build();
  }

  private static Value override(String protocol, String... names) {
    return Value.newBuilder()
        .setStructValue(
            Struct.newBuilder()
                .putFields("upstream_protocol", Pack.text(protocol))
                .putFields(
                    "alpn_override",
                    list(List.of(names).stream().map(Pack::text).toArray(Value[]::new))))
        .build();
  }

  private static Value single(String name, Value value) {
    return Value.newBuilder().setStructValue(Struct.newBuilder().putFields(name, value)).build();
  }

  private static Value list(Value... values) {
    return Value.newBuilder()
        .setListValue(ListValue.newBuilder().addAllValues(List.of(values)))
        .build();
  }
}
