package dev.ballast.loadbalancer.allocation;

/** A service's {@code ipFamilyPolicy}. */
public enum FamilyPolicy {
  SINGLE_STACK,
  PREFER_DUAL_STACK,
  REQUIRE_DUAL_STACK
}
