package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;

/**
 * Says how a node's session with a peer is: {@code frrk8s.metallb.io/v1beta1}. We write it; only
 * its name is read.
 */
public record BGPSessionState(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<BGPSessionState> KIND =
      new Kind<>(
          "frrk8s.metallb.io",
          "v1beta1",
          "BGPSessionState",
          "bgpsessionstates",
          Kind.Scope.NAMESPACED,
          Kind.Use.REPORT,
          BGPSessionState.class,
          fields ->
              new BGPSessionState(
                  Metadata.read(fields.ignore("spec", "status"), Kind.Scope.NAMESPACED)));

  @Override
  public String group() {
    return KIND.group();
  }
}
