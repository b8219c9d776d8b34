package dev.ballast.objects;

/** An identity of programs, {@code v1}. */
public record ServiceAccount(Metadata metadata) implements KubernetesObject {
  /** The kind. */
  public static final Kind<ServiceAccount> KIND =
      new Kind<>(
          "",
          "v1",
          "ServiceAccount",
          "serviceaccounts",
          Kind.Scope.NAMESPACED,
          ServiceAccount.class,
          ServiceAccount::read);

  private static ServiceAccount read(Fields object) {
    object.ignore("automountServiceAccountToken", "imagePullSecrets", "secrets");
    return new ServiceAccount(Metadata.read(object, Kind.Scope.NAMESPACED));
  }
}
