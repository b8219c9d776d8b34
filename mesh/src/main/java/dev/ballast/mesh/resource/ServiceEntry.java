package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A service outside of Kubernetes, {@code networking.istio.io/v1}.
 *
 * @param assigned the addresses in the status, by host
 * @param noEffect fields that are right and have no effect yet
 */
public record ServiceEntry(
    Metadata metadata, Spec spec, Map<String, List<String>> assigned, List<String> noEffect)
    implements KubernetesObject {
  private static final int MOST_HOSTS = 256;
  private static final int MOST_ENDPOINTS = 4096;

  /** The kind. */
  public static final Kind<ServiceEntry> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "ServiceEntry",
          "serviceentries",
          Kind.Scope.NAMESPACED,
          ServiceEntry.class,
          ServiceEntry::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public ServiceEntry {
    assigned = Map.copyOf(assigned);
    noEffect = List.copyOf(noEffect);
  }

  /** How the addresses of the endpoints are found. */
  public enum Resolution {
    NONE,
    STATIC,
    DNS,
    DNS_ROUND_ROBIN,
    DYNAMIC_DNS
  }

  /**
   * @param hosts in lower case
   * @param selector the labels of the workloads; empty when it is not written
   */
  public record Spec(
      List<String> hosts,
      List<String> addresses,
      List<Port> ports,
      boolean external,
      Resolution resolution,
      List<WorkloadEntry.Spec> endpoints,
      Optional<Map<String, String>> selector,
      Set<String> exportTo,
      List<String> subjectAltNames) {
    public Spec {
      hosts = List.copyOf(hosts);
      addresses = List.copyOf(addresses);
      ports = List.copyOf(ports);
      endpoints = List.copyOf(endpoints);
      exportTo = Set.copyOf(exportTo);
      subjectAltNames = List.copyOf(subjectAltNames);
    }
  }

  /**
   * @param targetPort the number when it is not written
   */
  public record Port(int number, Protocol protocol, String name, int targetPort) {}

  /** Whether hosts of this entry get addresses of their own. */
  public boolean isAutoAllocated() {
    return spec.resolution() != Resolution.NONE
        && spec.addresses().isEmpty()
        && !metadata
            .labels()
            .getOrDefault("networking.istio.io/enable-autoallocate-ip", "true")
            .equalsIgnoreCase("false");
  }

  private static ServiceEntry read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    Map<String, List<String>> assigned = new LinkedHashMap<>();
    object
        .object("status")
        .ifPresent(status -> {
          status.objects(
              "addresses",
              each -> {
                assigned
                    .computeIfAbsent(each.text("host", ""), _ -> new ArrayList<>())
                    .add(each.text("value", ""));
                return each;
              });
          status.ignoreOthers();
        });
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.hosts");
      return new ServiceEntry(
          metadata,
          new Spec(
              List.of(),
              List.of(),
              List.of(),
              true,
              Resolution.NONE,
              List.of(),
              Optional.empty(),
              Set.of(),
              List.of()),
          Map.of(),
          List.of());
    }
    List<String> hosts = hosts(spec);
    List<Port> ports = ports(spec);
    boolean external =
        spec.word("location", "MESH_EXTERNAL", "MESH_EXTERNAL", "MESH_INTERNAL")
            .equals("MESH_EXTERNAL");
    Resolution resolution =
        Resolution.valueOf(
            spec.word(
                "resolution", "NONE", "NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"));
    List<WorkloadEntry.Spec> endpoints =
        spec.objects("endpoints", fields -> WorkloadEntry.Spec.read(fields, resolution));
    Optional<Map<String, String>> selector =
        spec.object("workloadSelector").map(fields -> selector(spec, fields));
    Spec read =
        new Spec(
            hosts,
            addresses(spec, resolution),
            ports,
            external,
            resolution,
            endpoints,
            selector,
            Read.exportTo(spec, metadata.namespace(), true),
            spec.texts("subjectAltNames"));
    check(spec, read);
    return new ServiceEntry(metadata, read, assigned, List.of());
  }

  private static List<String> hosts(Fields spec) {
    List<String> hosts = new ArrayList<>();
    for (String host : spec.texts("hosts")) {
      String lower = host.toLowerCase(Locale.ROOT);
      if (lower.equals("*") || !Read.isWildcardHost(lower)) {
        spec.error(
            "hosts", "invalid host " + host, "write a DNS name, or one with the first label *");
      } else if (hosts.contains(lower)) {
        spec.warning("hosts", "host " + host + " is written twice", "keep one of them");
      } else {
        hosts.add(lower);
      }
    }
    if (hosts.isEmpty()) {
      spec.error("hosts", "service entry must have at least one host", "write one");
    }
    if (hosts.size() > MOST_HOSTS) {
      spec.error("hosts", "%d hosts; the limit is %d".formatted(hosts.size(), MOST_HOSTS), "");
    }
    return hosts;
  }

  private static List<Port> ports(Fields spec) {
    Set<Long> numbers = new HashSet<>();
    Set<String> names = new HashSet<>();
    return spec.objects(
        "ports",
        port -> {
          long number = port.number("number", 0, 0, 4_294_967_295L);
          if (number < 1 || number > 65_535) {
            port.error(
                "number", "port number %d must be in the range 1..65535".formatted(number), "");
          } else if (!numbers.add(number)) {
            port.error("number", "service entry port %d already defined".formatted(number), "");
          }
          String name = port.text("name", "");
          if (!Read.isLabel(name)) {
            port.error("name", "invalid port name: " + name, "write a DNS label in lower case");
          } else if (!names.add(name)) {
            port.error(
                "name", "service entry port name \"%s\" already defined".formatted(name), "");
          }
          String written = port.text("protocol", "");
          Optional<Protocol> protocol = Protocol.parse(written);
          if (protocol.isEmpty()) {
            port.error(
                "protocol", "unsupported protocol: " + written, "write HTTP, HTTPS, TLS, TCP, ...");
          }
          return new Port(
              (int) number,
              protocol.orElse(Protocol.TCP),
              name,
              (int) port.number("targetPort", number, 1, 65_535));
        });
  }

  private static List<String> addresses(Fields spec, Resolution resolution) {
    List<String> addresses = spec.texts("addresses");
    for (String address : addresses) {
      if (address.indexOf('/') >= 0) {
        if (!Read.isCidr(address)) {
          spec.error("addresses", address + " is not a valid CIDR block", "");
        } else if (resolution != Resolution.NONE && resolution != Resolution.STATIC) {
          spec.error(
              "addresses",
              "CIDR addresses are allowed only for NONE/STATIC resolution types",
              "write an IP address, or another resolution");
        }
      } else if (!Read.isIp(address)) {
        spec.error("addresses", address + " is not a valid IP", "");
      }
    }
    return addresses;
  }

  private static Map<String, String> selector(Fields spec, Fields fields) {
    Map<String, String> labels = fields.map("labels");
    labels.forEach((key, value) -> {
      if (key.isEmpty() || key.contains("*") || value.contains("*")) {
        fields.error(
            "labels", "wildcard is not supported in selector: \"" + key + "=" + value + "\"", "");
      }
    });
    if (labels.isEmpty()) {
      spec.warning(
          "workloadSelector",
          "service entry: workload selector specified without labels, will be applied to all"
              + " services in namespace",
          "write labels");
    }
    return labels;
  }

  private static void check(Fields spec, Spec read) {
    if (read.selector().isPresent() && !read.endpoints().isEmpty()) {
      spec.error(
          "workloadSelector",
          "only one of WorkloadSelector or Endpoints is allowed in Service Entry",
          "keep one of them");
    }
    if (read.endpoints().size() > MOST_ENDPOINTS) {
      spec.error(
          "endpoints",
          "%d endpoints; the limit is %d".formatted(read.endpoints().size(), MOST_ENDPOINTS),
          "");
    }
    if (read.ports().isEmpty()) {
      spec.warning("ports", "no ports: no traffic is for this entry", "write at least one");
    }
    boolean multiple = read.hosts().size() > 1;
    boolean opaque =
        read.ports().stream()
            .anyMatch(port -> !port.protocol().isHttp() && !port.protocol().isTls());
    if (read.resolution() != Resolution.NONE && multiple && opaque) {
      spec.error(
          "ports",
          "multiple hosts provided with non-HTTP, non-TLS ports",
          "write one ServiceEntry for each host");
    }
    for (WorkloadEntry.Spec endpoint : read.endpoints()) {
      for (String name : endpoint.ports().keySet()) {
        if (read.ports().stream().noneMatch(port -> port.name().equals(name))) {
          spec.error(
              "endpoints", "endpoint port " + name + " is not defined by the service entry", "");
        }
      }
    }
    switch (read.resolution()) {
      case NONE -> {
        if (!read.endpoints().isEmpty()) {
          spec.error("endpoints", "no endpoints should be provided for resolution type none", "");
        }
        if (read.selector().isPresent()) {
          spec.warning("workloadSelector", "has no effect with resolution NONE", "");
        }
        if (read.addresses().isEmpty() && opaqueTcp(read)) {
          spec.warning(
              "ports",
              "OpensPort: without addresses a TCP port of resolution NONE takes traffic to any"
                  + " address on that port",
              "write addresses");
        }
      }
      case STATIC -> {
        boolean unix = read.endpoints().stream().anyMatch(WorkloadEntry.Spec::isUnix);
        if (unix && read.ports().size() != 1) {
          spec.error(
              "endpoints", "exactly one port is needed with an endpoint of a Unix socket", "");
        }
      }
      case DNS, DNS_ROUND_ROBIN -> {
        if (read.endpoints().isEmpty()
            && read.selector().isEmpty()
            && read.hosts().stream().anyMatch(host -> host.startsWith("*"))) {
          spec.error(
              "hosts",
              "hosts must be FQDN if no endpoints are provided for resolution mode "
                  + read.resolution(),
              "write endpoints, or resolution NONE");
        }
        if (read.resolution() == Resolution.DNS_ROUND_ROBIN && read.endpoints().size() > 1) {
          spec.error(
              "endpoints",
              "there must only be 0 or 1 endpoint for resolution mode DNS_ROUND_ROBIN",
              "");
        }
      }
      case DYNAMIC_DNS ->
          spec.error(
              "resolution", "DYNAMIC_DNS has no effect yet", "write resolution NONE for wildcards");
    }
  }

  private static boolean opaqueTcp(Spec spec) {
    return spec.ports().stream()
        .anyMatch(port -> port.protocol().kind() != Protocol.Kind.HTTP && !port.protocol().isTls());
  }
}
