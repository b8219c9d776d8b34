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
  private static final List<String> READ_ONCE =
      List.of(
          "kubeconfig",
          "authentication-kubeconfig",
          "authorization-kubeconfig",
          // etcd: whom it lets in.
          "trusted-ca-file",
          "peer-trusted-ca-file",
          // kube-apiserver: whom it believes to be etcd, and to be a kubelet.
          "etcd-cafile",
          "kubelet-certificate-authority",
          // kube-controller-manager: what it hands to every pod.
          "root-ca-file");

  public StaticPod {
    flags = Map.copyOf(flags);
  }

  /**
   * The files that it reads when it starts, and only then: whatever it says or believes by them is
   * old until it is restarted. Certificates and keys are not among them, nor the authorities of
   * clients: Kubernetes and etcd read those again by themselves.
   */
  public List<Path> readOnce() {
    return READ_ONCE.stream()
        .flatMap(flag -> Optional.ofNullable(flags.get(flag)).stream())
        .map(Path::of)
        .distinct()
        .toList();
  }
}
