package dev.ballast.mesh.envoy;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.ballast.mesh.model.Addresses;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A proxy, as it describes itself when it connects.
 *
 * @param address the first of its addresses
 * @param domain the DNS domain that it searches first, {@code app.svc.cluster.local}
 * @param resolvesNames whether programs beside it get names answered by it
 * @param isProxyless whether it is a gRPC library
 * @param hasAgent whether something beside it serves secrets
 * @param extensions the names of the extensions that it has
 */
public record Proxy(
    String id,
    String name,
    String namespace,
    String address,
    List<String> addresses,
    String domain,
    Map<String, String> labels,
    String cluster,
    String locality,
    Interception interception,
    boolean resolvesNames,
    boolean isProxyless,
    boolean hasAgent,
    Optional<TlsFiles> clientFiles,
    Optional<TlsFiles> serverFiles,
    Set<String> extensions,
    String serviceAccount,
    String userAgent) {
  public Proxy {
    addresses = List.copyOf(addresses);
    labels = Map.copyOf(labels);
    extensions = Set.copyOf(extensions);
  }

  /** How traffic comes to it. */
  public enum Interception {
    REDIRECT,
    TPROXY,
    NONE
  }

  /** Where a proxy finds its keys when nothing beside it serves them. */
  public record TlsFiles(String certificateChain, String key, String root) {}

  /**
   * Reads what a proxy says about itself.
   *
   * @throws IllegalArgumentException when it says too little, with a text for it
   */
  public static Proxy of(Node node) {
    String[] parts = node.getId().split("~", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException(
          "node id '%s' is not TYPE~ADDRESS~NAME.NAMESPACE~DOMAIN".formatted(node.getId()));
    }
    if (!parts[0].equals("sidecar")) {
      throw new IllegalArgumentException(
          "node id '%s': proxies of type '%s' are not served yet; 'sidecar' is"
              .formatted(node.getId(), parts[0]));
    }
    if (!Addresses.isIp(parts[1])) {
      throw new IllegalArgumentException(
          "node id '%s': '%s' is no IP address".formatted(node.getId(), parts[1]));
    }
    Struct metadata = node.getMetadata();
    int dot = parts[2].lastIndexOf('.');
    String namespace = text(metadata, "NAMESPACE", dot < 0 ? "" : parts[2].substring(dot + 1));
    if (namespace.isEmpty()) {
      throw new IllegalArgumentException(
          "node id '%s': no namespace, neither in the id nor in the metadata NAMESPACE"
              .formatted(node.getId()));
    }
    List<String> addresses = new ArrayList<>(List.of(parts[1]));
    for (String address : text(metadata, "INSTANCE_IPS", "").split(",")) {
      if (Addresses.isIp(address) && !addresses.contains(address)) {
        addresses.add(address);
      }
    }
    Set<String> extensions = new HashSet<>();
    node.getExtensionsList().forEach(each -> extensions.add(each.getName()));
    return new Proxy(
        node.getId(),
        dot < 0 ? parts[2] : parts[2].substring(0, dot),
        namespace,
        parts[1],
        addresses,
        parts[3],
        map(metadata, "LABELS"),
        text(metadata, "CLUSTER_ID", "Kubernetes"),
        locality(node),
        switch (text(metadata, "INTERCEPTION_MODE", "REDIRECT")) {
          case "TPROXY" -> Interception.TPROXY;
          case "NONE" -> Interception.NONE;
          default -> Interception.REDIRECT;
        },
        text(metadata, "DNS_CAPTURE", "").equals("true"),
        text(metadata, "GENERATOR", "").equals("grpc"),
        !text(metadata, "BALLAST_AGENT", "").equals("none"),
        files(metadata, "TLS_CLIENT_"),
        files(metadata, "TLS_SERVER_"),
        extensions,
        text(metadata, "SERVICE_ACCOUNT", ""),
        node.getUserAgentName());
  }

  private static String locality(Node node) {
    if (!node.hasLocality() || node.getLocality().getRegion().isEmpty()) {
      return "";
    }
    return node.getLocality().getRegion()
        + "/"
        + node.getLocality().getZone()
        + "/"
        + node.getLocality().getSubZone();
  }

  private static Optional<TlsFiles> files(Struct metadata, String prefix) {
    String chain = text(metadata, prefix + "CERT_CHAIN", "");
    String key = text(metadata, prefix + "KEY", "");
    String root = text(metadata, prefix + "ROOT_CERT", "");
    return chain.isEmpty() || key.isEmpty() || root.isEmpty()
        ? Optional.empty()
        : Optional.of(new TlsFiles(chain, key, root));
  }

  private static String text(Struct metadata, String name, String otherwise) {
    Value value = metadata.getFieldsMap().get(name);
    if (value == null) {
      return otherwise;
    }
    return switch (value.getKindCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case NUMBER_VALUE, STRUCT_VALUE, LIST_VALUE, NULL_VALUE, KIND_NOT_SET -> otherwise;
    };
  }

  private static Map<String, String> map(Struct metadata, String name) {
    Map<String, String> map = new TreeMap<>();
    Value value = metadata.getFieldsMap().get(name);
    if (value != null && value.hasStructValue()) {
      value
          .getStructValue()
          .getFieldsMap()
          .forEach((key, each) -> map.put(key, each.getStringValue()));
    }
    return map;
  }

  /** Whether it can have mutual TLS with others at all. */
  public boolean canAuthenticate() {
    return hasAgent || clientFiles.isPresent();
  }

  public boolean isIpv6Only() {
    return addresses.stream().allMatch(Addresses::isIpv6);
  }
}
