package dev.ballast.objects;

/** An object of a kind that Ballast reads. */
public sealed interface KubernetesObject
    permits IPAddressPool, L2Advertisement, Service, EndpointSlice, Node, Namespace {
  /** Names and labels. */
  Metadata metadata();

  /** The kind, as it is written in a manifest. */
  default String kind() {
    return getClass().getSimpleName();
  }

  /** What tells it from all others. */
  default ObjectKey key() {
    return new ObjectKey(kind(), metadata().namespace(), metadata().name());
  }
}
