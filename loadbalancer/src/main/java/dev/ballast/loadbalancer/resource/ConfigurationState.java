package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;

/**
 * Says whether the configuration that a component uses is valid: {@code metallb.io/v1beta1}. We
 * write it; only its name is read.
 */
public record ConfigurationState(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<ConfigurationState> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "ConfigurationState",
          "configurationstates",
          Kind.Scope.NAMESPACED,
          Kind.Use.REPORT,
          ConfigurationState.class,
          fields ->
              new ConfigurationState(
                  Metadata.read(fields.ignore("spec", "status"), Kind.Scope.NAMESPACED)));

  @Override
  public String group() {
    return KIND.group();
  }
}
