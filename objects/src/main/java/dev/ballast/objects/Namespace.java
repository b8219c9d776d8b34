package dev.ballast.objects;

/** A namespace, {@code v1}: its labels choose pools. */
public record Namespace(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<Namespace> KIND =
      new Kind<>(
          "",
          "v1",
          "Namespace",
          "namespaces",
          Kind.Scope.CLUSTER,
          Namespace.class,
          Namespace::read);

  private static Namespace read(Fields object) {
    object.ignore("spec", "status");
    return new Namespace(Metadata.read(object, Kind.Scope.CLUSTER));
  }
}
