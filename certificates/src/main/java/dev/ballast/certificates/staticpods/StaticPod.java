package dev.ballast.certificates.staticpods;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A static pod by its manifest.
 *
 * @param name metadata.name, without the node name that the kubelet appends
 * @param flags the {@code --name=value} arguments of its containers
 * @param health its liveness probe, if it asks by HTTP
 */
public record StaticPod(
    Path manifest,
    String namespace,
    String name,
    Map<String, String> flags,
    Optional<HealthEndpoint> health) {
  public StaticPod {
    flags = Map.copyOf(flags);
  }

  /** The kubeconfig files that it reads when it starts, and only then. */
  public List<Path> kubeconfigs() {
    return List.of("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig").stream()
        .flatMap(flag -> Optional.ofNullable(flags.get(flag)).stream())
        .map(Path::of)
        .distinct()
        .toList();
  }
}
