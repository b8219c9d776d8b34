package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Policies of traffic to a host, after routing, {@code networking.istio.io/v1}. */
public record DestinationRule(Metadata metadata, Spec spec, List<String> noEffect)
    implements KubernetesObject {
  /** The kind. */
  public static final Kind<DestinationRule> KIND =
      new Kind<>(
          "networking.istio.io",
          "v1",
          "DestinationRule",
          "destinationrules",
          Kind.Scope.NAMESPACED,
          DestinationRule.class,
          DestinationRule::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public DestinationRule {
    noEffect = List.copyOf(noEffect);
  }

  /**
   * @param host in lower case, as it is written
   * @param policy empty when none is written
   * @param selector the labels of the clients that it is for; empty for all
   */
  public record Spec(
      String host,
      Optional<TrafficPolicy> policy,
      List<Subset> subsets,
      Set<String> exportTo,
      Optional<Map<String, String>> selector) {
    public Spec {
      subsets = List.copyOf(subsets);
      exportTo = Set.copyOf(exportTo);
    }
  }

  /** Some of the endpoints. */
  public record Subset(String name, Map<String, String> labels, Optional<TrafficPolicy> policy) {
    public Subset {
      labels = Map.copyOf(labels);
    }
  }

  private static DestinationRule read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.object("status").ifPresent(Fields::ignoreOthers);
    Fields spec = object.object("spec").orElse(null);
    if (spec == null) {
      object.missing("spec", "write spec.host");
      return new DestinationRule(
          metadata,
          new Spec("", Optional.empty(), List.of(), Set.of(), Optional.empty()),
          List.of());
    }
    List<String> noEffect = new ArrayList<>();
    String host = spec.needed("host").toLowerCase(Locale.ROOT);
    if (!host.isEmpty() && !host.equals("*") && !Read.isWildcardHost(host)) {
      spec.error("host", "invalid host " + host, "write a DNS name");
    }
    Set<String> names = new HashSet<>();
    Optional<TrafficPolicy> policy =
        spec.object("trafficPolicy").map(each -> policy(each, "spec.trafficPolicy.", noEffect));
    List<Subset> subsets =
        spec.objects(
            "subsets",
            each -> {
              String name = each.needed("name");
              if (!names.add(name)) {
                each.error("name", "duplicate subset names: " + name, "");
              } else if (!Read.isLabel(name)) {
                each.error("name", "invalid subset name: " + name, "write a DNS label");
              }
              return new Subset(
                  name,
                  each.map("labels"),
                  each.object("trafficPolicy")
                      .map(fields -> policy(fields, "spec.subsets.trafficPolicy.", noEffect)));
            });
    return new DestinationRule(
        metadata,
        new Spec(
            host,
            policy,
            subsets,
            Read.exportTo(spec, metadata.namespace(), false),
            spec.object("workloadSelector").map(fields -> fields.map("matchLabels"))),
        noEffect);
  }

  private static TrafficPolicy policy(Fields fields, String path, List<String> noEffect) {
    if (fields.names().isEmpty()) {
      fields.error("", "traffic policy must have at least one field", "");
    }
    return TrafficPolicy.read(fields, path, noEffect);
  }
}
