package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.OutboundMode;
import dev.ballast.objects.ConfigMap;
import dev.ballast.objects.Decoder;
import dev.ballast.objects.Fields;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import java.util.List;

/** What is set for the whole mesh: the key {@code mesh} of the ConfigMap {@code istio}. */
public record MeshConfig(
    OutboundMode outbound, String trustDomain, String rootNamespace, boolean autoMtls) {
  /** What is in force without a ConfigMap. */
  public static final MeshConfig DEFAULT =
      new MeshConfig(OutboundMode.ALLOW_ANY, "cluster.local", "istio-system", true);

  /** What was read, and what is wrong with it. */
  record Read(MeshConfig config, List<Problem> problems) {}

  static Read read(Snapshot snapshot) {
    for (ConfigMap map : snapshot.all(ConfigMap.class)) {
      if (map.metadata().name().equals("istio")
          && map.metadata().namespace().equals(DEFAULT.rootNamespace)
          && map.data().containsKey("mesh")) {
        Decoder.Embedded<MeshConfig> read =
            Decoder.embedded(
                map.key() + " data.mesh", map.data().get("mesh"), MeshConfig::read, DEFAULT);
        return new Read(read.value(), read.problems());
      }
    }
    return new Read(DEFAULT, List.of());
  }

  private static MeshConfig read(Fields fields) {
    OutboundMode mode =
        fields
            .object("outboundTrafficPolicy")
            .map(policy ->
                OutboundMode.valueOf(
                    policy.word("mode", "ALLOW_ANY", "ALLOW_ANY", "REGISTRY_ONLY")))
            .orElse(OutboundMode.ALLOW_ANY);
    MeshConfig config =
        new MeshConfig(
            mode,
            fields.text("trustDomain", "cluster.local"),
            fields.text("rootNamespace", "istio-system"),
            fields.bool("enableAutoMtls").orElse(true));
    for (String name : fields.names()) {
      if (!List.of("outboundTrafficPolicy", "trustDomain", "rootNamespace", "enableAutoMtls")
          .contains(name)) {
        fields.warning(name, "has no effect yet", "");
      }
    }
    fields.ignoreOthers();
    return config;
  }
}
