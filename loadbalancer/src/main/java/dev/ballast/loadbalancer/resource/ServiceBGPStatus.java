package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;

/**
 * Says to which peers a node is configured to announce a service: {@code metallb.io/v1beta1}. We
 * write it; only its name is read.
 */
public record ServiceBGPStatus(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<ServiceBGPStatus> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "ServiceBGPStatus",
          "servicebgpstatuses",
          Kind.Scope.NAMESPACED,
          Kind.Use.REPORT,
          ServiceBGPStatus.class,
          fields ->
              new ServiceBGPStatus(
                  Metadata.read(fields.ignore("spec", "status"), Kind.Scope.NAMESPACED)));

  @Override
  public String group() {
    return KIND.group();
  }
}
