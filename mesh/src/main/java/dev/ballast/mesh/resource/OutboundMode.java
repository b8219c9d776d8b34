package dev.ballast.mesh.resource;

/** What becomes of traffic to hosts that no object declares. */
public enum OutboundMode {
  ALLOW_ANY,
  REGISTRY_ONLY
}
