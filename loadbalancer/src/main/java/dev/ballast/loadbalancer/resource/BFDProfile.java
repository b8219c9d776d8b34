package dev.ballast.loadbalancer.resource;

import dev.ballast.objects.Fields;
import dev.ballast.objects.Kind;
import dev.ballast.objects.KubernetesObject;
import dev.ballast.objects.Metadata;

/** How BFD sessions of peers are held: {@code metallb.io/v1beta1}. Intervals in milliseconds. */
public record BFDProfile(Metadata metadata, Spec spec) implements KubernetesObject {
  /** The kind. */
  public static final Kind<BFDProfile> KIND =
      new Kind<>(
          "metallb.io",
          "v1beta1",
          "BFDProfile",
          "bfdprofiles",
          Kind.Scope.NAMESPACED,
          BFDProfile.class,
          BFDProfile::read);

  @Override
  public String group() {
    return KIND.group();
  }

  /**
   * @param minimumTtl of what arrives over several hops
   */
  public record Spec(
      int receiveInterval,
      int transmitInterval,
      int detectMultiplier,
      int echoInterval,
      boolean echoMode,
      boolean passiveMode,
      int minimumTtl) {
    /** MetalLB's defaults. */
    public static final Spec DEFAULT = new Spec(300, 300, 3, 50, false, false, 254);
  }

  private static BFDProfile read(Fields object) {
    Metadata metadata = Metadata.read(object, Kind.Scope.NAMESPACED);
    object.ignore("status");
    return new BFDProfile(
        metadata,
        object
            .object("spec")
            .map(spec ->
                new Spec(
                    (int) spec.number("receiveInterval", 300, 10, 60_000),
                    (int) spec.number("transmitInterval", 300, 10, 60_000),
                    (int) spec.number("detectMultiplier", 3, 2, 255),
                    (int) spec.number("echoInterval", 50, 10, 60_000),
                    spec.bool("echoMode").orElse(false),
                    spec.bool("passiveMode").orElse(false),
                    (int) spec.number("minimumTtl", 254, 1, 254)))
            .orElse(Spec.DEFAULT));
  }
}
