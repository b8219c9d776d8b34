package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What some proxies know of the mesh, {@code networking.istio.io/v1}. */
public record Sidecar(Metadata metadata, Spec spec, List<String> noEffect)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<Sidecar> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "Sidecar",
          "sidecars",
          Kind.Scope.NAMESPACED,
          Sidecar.class,
          Sidecar::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public Sidecar {
    noEffect = List.copyOf(noEffect);
  }

  /**
   * @param selector the labels of the workloads; empty for all of the namespace
   * @param egress empty when none is written: everything that is visible
   * @param outbound empty when it is not written: the mesh's mode
   */
  public record Spec(
      Optional<Map<String, String>> selector,
      List<Egress> egress,
      Optional<OutboundMode> outbound) {
    public Spec {
      egress = List.copyOf(egress);
    }
  }

  /** Hosts that the proxies know. */
  public record Egress(List<HostRule> hosts) {
    public Egress {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * One host, {@code namespace/name}.
   *
   * @param namespace a name, {@code .}, {@code *} or {@code ~}
   */
  public record HostRule(String namespace, String host) {}

  private static Sidecar read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.object("status").ifPresent(Fields::ignoreOthers);
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.egress");
      return new Sidecar(
          metadata, new Spec(Optional.empty(), List.of(), Optional.empty()), List.of());
    }
    if (spec.names().isEmpty()) {
      spec.error("egress", "sidecar: empty configuration provided", "write egress");
    }
    List<String> noEffect =
        new ArrayList<>(Read.noEffect(spec, "spec.", "ingress", "inboundConnectionPool"));
    List<Egress> egress =
        spec.objects(
            "egress",
            each -> {
              noEffect.addAll(Read.noEffect(each, "spec.egress.", "port", "bind", "captureMode"));
              List<HostRule> hosts = new ArrayList<>();
              for (String host : each.texts("hosts")) {
                int slash = host.indexOf('/');
                if (slash < 0) {
                  each.error("hosts", "'" + host + "' is no host", "write NAMESPACE/NAME");
                } else {
                  hosts.add(new HostRule(host.substring(0, slash), host.substring(slash + 1)));
                }
              }
              if (hosts.isEmpty()) {
                each.error("hosts", "sidecar: egress listener must contain at least one host", "");
              }
              return new Egress(hosts);
            });
    Optional<OutboundMode> outbound =
        spec.object("outboundTrafficPolicy")
            .map(policy -> {
              noEffect.addAll(Read.noEffect(policy, "spec.outboundTrafficPolicy.", "egressProxy"));
              if (!policy.has("mode")) {
                policy.warning(
                    "mode",
                    "without a mode a Sidecar blocks everything that is not registered",
                    "write mode: REGISTRY_ONLY or ALLOW_ANY");
              }
              return OutboundMode.valueOf(
                  policy.word("mode", "REGISTRY_ONLY", "REGISTRY_ONLY", "ALLOW_ANY"));
            });
    return new Sidecar(
        metadata,
        new Spec(
            spec.object("workloadSelector").map(fields -> fields.map("labels")), egress, outbound),
        noEffect);
  }
}
