package dev.ballast.cli.up;

import dev.ballast.lab.rack.Rack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/** The cluster's objects as the manifests that people would write, in MetalLB's own kinds. */
final class Manifests {
  private Manifests() {}

  /** Writes them to a directory, which is made. */
  static void write(Path directory, Rack rack) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("nodes.yaml"), nodes(rack));
    Files.writeString(directory.resolve("pool.yaml"), pool());
    Files.writeString(directory.resolve("services.yaml"), services(rack));
  }

  private static String nodes(Rack rack) {
    StringBuilder text = new StringBuilder();
    for (String node : Topology.NODES) {
      text.append(
          """
          ---
          apiVersion: v1
          kind: Node
          metadata:
            name: %1$s
            labels:
              kubernetes.io/hostname: %1$s
          status:
            addresses:
            - type: InternalIP
              address: %2$s
            conditions:
            - type: Ready
              status: "True"
          """
              .formatted(node, address(rack, node)));
    }
    return text.toString();
  }

  private static String pool() {
    return """
    apiVersion: metallb.io/v1beta1
    kind: IPAddressPool
    metadata:
      name: rack
      namespace: metallb-system
    spec:
      addresses:
      - %s
    ---
    apiVersion: metallb.io/v1beta1
    kind: L2Advertisement
    metadata:
      name: rack
      namespace: metallb-system
    spec:
      ipAddressPools:
      - rack
    """
        .formatted(Topology.POOL);
  }

  private static String services(Rack rack) {
    StringBuilder text = new StringBuilder();
    int number = 10;
    for (var service : new TreeMap<>(Topology.SERVICES).entrySet()) {
      text.append(
          """
          ---
          apiVersion: v1
          kind: Service
          metadata:
            name: %1$s
            namespace: default
          spec:
            type: LoadBalancer
            clusterIP: 10.96.0.%2$d
            clusterIPs:
            - 10.96.0.%2$d
            ipFamilies:
            - IPv4
            ipFamilyPolicy: SingleStack
            externalTrafficPolicy: Cluster
            selector:
              app: %1$s
            ports:
            - name: http
              protocol: TCP
              port: %3$d
              targetPort: %4$d
          ---
          apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata:
            name: %1$s-1
            namespace: default
            labels:
              kubernetes.io/service-name: %1$s
          addressType: IPv4
          ports:
          - name: http
            protocol: TCP
            port: %4$d
          endpoints:
          """
              .formatted(service.getKey(), number++, Topology.SERVICE_PORT, service.getValue()));
      for (String node : Topology.NODES) {
        text.append(
            """
            - addresses:
              - %s
              nodeName: %s
              conditions:
                ready: true
            """
                .formatted(address(rack, node), node));
      }
    }
    return text.toString();
  }

  private static String address(Rack rack, String node) {
    return rack.host(node).address().getHostAddress();
  }
}
