package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;

/**
 * Says which node announces a service at layer 2: {@code metallb.io/v1beta1}. We write it; only its
 * name is read.
 */
public record ServiceL2Status(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<ServiceL2Status> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "ServiceL2Status",
          "servicel2statuses",
          Kind.Scope.NAMESPACED,
          Kind.Use.REPORT,
          ServiceL2Status.class,
          fields ->
              new ServiceL2Status(
                  Metadata.read(fields.ignore("spec", "status"), Kind.Scope.NAMESPACED)));

  @Override
  public String group() {
    return KIND.group();
  }
}
