package dev.ballast.cli.mesh;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which proxy is meant, and what it says about itself. */
final class NodeOptions {
  @Option(
      names = "--proxy",
      required = true,
      paramLabel = "NAME.NAMESPACE",
      description = "The proxy, or its whole node id (sidecar~IP~NAME.NAMESPACE~DOMAIN).")
  private String proxy = "";

  @Option(
      names = "--ip",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "The address of the workload (default: ${DEFAULT-VALUE}).")
  private String address = "127.0.0.1";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label of the workload; may be repeated.")
  private Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--metadata",
      paramLabel = "KEY=VALUE",
      description =
          "More of the node's metadata, by Istio's names: DNS_CAPTURE=true,"
              + " INTERCEPTION_MODE=NONE; may be repeated.")
  private Map<String, String> metadata = new LinkedHashMap<>();

  String proxy() {
    return proxy;
  }

  Node node() {
    String id = proxy;
    if (proxy.indexOf('~') < 0) {
      int dot = proxy.lastIndexOf('.');
      String namespace = dot < 0 ? "default" : proxy.substring(dot + 1);
      String name = dot < 0 ? proxy : proxy.substring(0, dot);
      id = "sidecar~%s~%s.%s~%s.svc.cluster.local".formatted(address, name, namespace, namespace);
    }
    Struct.Builder struct = Struct.newBuilder();
    String[] parts = id.split("~", -1);
    if (parts.length == 4) {
      struct.putFields("NAMESPACE", text(parts[2].substring(parts[2].lastIndexOf('.') + 1)));
      struct.putFields("INSTANCE_IPS", text(parts[1]));
    }
    struct.putFields("CLUSTER_ID", text("Kubernetes"));
    Struct.Builder labelled = Struct.newBuilder();
    labels.forEach((key, value) -> labelled.putFields(key, text(value)));
    struct.putFields("LABELS", Value.newBuilder().setStructValue(labelled).build());
    metadata.forEach((key, value) -> struct.putFields(key, text(value)));
    return Node.newBuilder()
        .setId(id)
        .setCluster(parts.length == 4 ? parts[2] : proxy)
        .setMetadata(struct)
        .build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }
}
