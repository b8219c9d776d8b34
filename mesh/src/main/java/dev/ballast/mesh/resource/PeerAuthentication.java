package dev.ballast.mesh.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whether workloads take plaintext, {@code security.istio.io/v1}. */
public record PeerAuthentication(Metadata metadata, Spec spec) implements KubernetesObject {
  /** The kind. */
  public static final Kind<PeerAuthentication> KIND =
      new Kind<>(
          "security.istio.io",
          "v1",
          "PeerAuthentication",
          "peerauthentications",
          Kind.Scope.NAMESPACED,
          PeerAuthentication.class,
          PeerAuthentication::read);

  @Override
  public String group() {
    return KIND.group();
  }

  /** What a workload takes. */
  public enum Mode {
    UNSET,
    DISABLE,
    PERMISSIVE,
    STRICT
  }

  /**
   * @param selector the labels of the workloads; empty for all of the namespace
   */
  public record Spec(Optional<Map<String, String>> selector, Mode mode, Map<Integer, Mode> ports) {
    public Spec {
      ports = Map.copyOf(ports);
    }
  }

  private static PeerAuthentication read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.object("status").ifPresent(Fields::ignoreOthers);
    Optional<Fields> spec = object.object("spec");
    Optional<Map<String, String>> selector =
        spec.flatMap(each -> each.object("selector"))
            .map(fields -> fields.map("matchLabels"))
            .filter(labels -> !labels.isEmpty());
    Map<Integer, Mode> ports = new LinkedHashMap<>();
    spec.flatMap(each -> each.object("portLevelMtls"))
        .ifPresent(map -> {
          for (String port : map.names()) {
            map.object(port)
                .ifPresent(fields -> {
                  try {
                    ports.put(Integer.parseInt(port), mode(fields));
                  } catch (NumberFormatException _) {
                    map.error(port, "'" + port + "' is no port", "write a number");
                  }
                });
          }
        });
    if (!ports.isEmpty() && selector.isEmpty()) {
      spec.ifPresent(each ->
          each.error(
              "portLevelMtls",
              "mesh/namespace peer authentication cannot have port level mTLS",
              "write a selector"));
    }
    return new PeerAuthentication(
        metadata,
        new Spec(
            selector,
            spec.flatMap(each -> each.object("mtls"))
                .map(PeerAuthentication::mode)
                .orElse(Mode.UNSET),
            ports));
  }

  private static Mode mode(Fields fields) {
    return Mode.valueOf(fields.word("mode", "UNSET", "UNSET", "DISABLE", "PERMISSIVE", "STRICT"));
  }
}
