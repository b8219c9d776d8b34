package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One instance of a workload outside of Kubernetes, {@code networking.istio.io/v1}.
 *
 * @param healthy the condition Healthy in the status; empty when there is none
 */
public record WorkloadEntry(Metadata metadata, Spec spec, Optional<Boolean> healthy)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<WorkloadEntry> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "WorkloadEntry",
          "workloadentries",
          Kind.Scope.NAMESPACED,
          WorkloadEntry.class,
          WorkloadEntry::read);

  @Override
  public String group() {
    return KIND.group();
  }

  private static final String HEALTH_CHECKED = "proxy.istio.io/health-checks-enabled";

  /**
   * @param address an IP address, a name (with resolution DNS) or {@code unix:///path}; empty in a
   *     template
   * @param weight 1 when it is not written
   */
  public record Spec(
      String address,
      Map<String, Integer> ports,
      Map<String, String> labels,
      String network,
      String locality,
      int weight,
      String serviceAccount) {
    public Spec {
      ports = Map.copyOf(ports);
      labels = Map.copyOf(labels);
    }

    public boolean isUnix() {
      return address.startsWith("unix://");
    }

    public boolean isIp() {
      return Read.isIp(address);
    }

    /** Returns these values with labels of the object, which count first. */
    Spec withLabels(Map<String, String> more) {
      Map<String, String> merged = new HashMap<>(labels);
      merged.putAll(more);
      return new Spec(address, ports, merged, network, locality, weight, serviceAccount);
    }

    static Spec read(Fields fields, ServiceEntry.Resolution resolution) {
      Spec spec = template(fields);
      boolean name =
          resolution == ServiceEntry.Resolution.DNS
              || resolution == ServiceEntry.Resolution.DNS_ROUND_ROBIN;
      if (spec.address().isEmpty() && spec.network().isEmpty()) {
        fields.error("address", "address is required", "write it");
      } else if (spec.address().isEmpty()) {
        fields.warning(
            "address", "address is unset with network \"" + spec.network() + "\"", "write it");
      } else if (spec.isUnix()) {
        if (name
            || !(spec.address().startsWith("unix:///") || spec.address().startsWith("unix://@"))) {
          fields.error(
              "address",
              "'" + spec.address() + "' cannot be used here",
              "write unix:///an/absolute/path, with resolution STATIC");
        }
        if (!spec.ports().isEmpty()) {
          fields.error("ports", "a Unix socket has no ports", "take them away");
        }
      } else if (!spec.isIp() && !(name && Read.isFqdn(spec.address()))) {
        fields.error(
            "address",
            name
                ? "endpoint address \"" + spec.address() + "\" is not a valid FQDN or an IP address"
                : "endpoint address \"" + spec.address() + "\" is not a valid IP address",
            "");
      }
      return spec;
    }

    /** Reads what may lack an address. */
    static Spec template(Fields fields) {
      Map<String, Integer> ports = new LinkedHashMap<>();
      fields
          .object("ports")
          .ifPresent(map -> {
            for (String name : map.names()) {
              if (!Read.isLabel(name)) {
                map.error(name, "invalid port name: " + name, "write a DNS label in lower case");
              }
              ports.put(name, (int) map.number(name, 0, 1, 65_535));
            }
          });
      return new Spec(
          fields.text("address", ""),
          ports,
          fields.map("labels"),
          fields.text("network", ""),
          fields.text("locality", ""),
          (int) Math.max(1, fields.number("weight", 1, 0, Integer.MAX_VALUE)),
          fields.text("serviceAccount", ""));
    }
  }

  /** Whether traffic may be sent: one with health checks only after its first good one. */
  public boolean canServe() {
    return "true".equals(metadata.annotations().get(HEALTH_CHECKED)) ? healthy.orElse(false) : true;
  }

  private static WorkloadEntry read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    Optional<Boolean> healthy =
        object
            .object("status")
            .flatMap(status -> {
              List<Optional<Boolean>> conditions =
                  status.objects(
                      "conditions",
                      condition -> {
                        boolean ofHealth = condition.text("type", "").equals("Healthy");
                        boolean is = condition.text("status", "").equals("True");
                        condition.ignoreOthers();
                        return ofHealth ? Optional.of(is) : Optional.<Boolean>empty();
                      });
              status.ignoreOthers();
              return conditions.stream().flatMap(Optional::stream).findFirst();
            });
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.address");
      return new WorkloadEntry(
          metadata, new Spec("", Map.of(), Map.of(), "", "", 1, ""), Optional.empty());
    }
    return new WorkloadEntry(
        metadata,
        Spec.read(spec, ServiceEntry.Resolution.DNS).withLabels(metadata.labels()),
        healthy);
  }
}
