package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;
import java.util.List;

/** Names for BGP communities: {@code metallb.io/v1beta1}. */
public record Community(Metadata metadata, List<Alias> communities) implements KubernetesObject {
  /** The kind. */
  public static final Kind<Community> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "Community",
          "communities",
          Kind.Scope.NAMESPACED,
          Community.class,
          Community::read);

  @Override
  public String group() {
    return KIND.group();
  }

  public Community {
    communities = List.copyOf(communities);
  }

  /** A name and what it stands for. */
  public record Alias(String name, String value) {}

  private static Community read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    return new Community(
        metadata,
        object
            .object("spec")
            .map(spec ->
                spec.objects(
                    "communities", one -> new Alias(one.text("name", ""), one.text("value", ""))))
            .orElse(List.of()));
  }
}
