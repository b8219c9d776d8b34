package dev.ballast.loadbalancer.config;

import dev.ballast.objects.ObjectKey;

/**
 * Why an object is not used as it is written.
 *
 * @param about which object
 * @param origin its file and line
 * @param path the field
 * @param message what is wrong, in the original's words where it has some
 * @param remedy what to do
 */
public record ConfigurationProblem(
    ObjectKey about, String origin, String path, String message, String remedy) {
  /** {@code pools.yaml:7: IPAddressPool a/b: spec.addresses[1]: …; …}. */
  @Override
  public String toString() {
    return origin + ": " + about + ": " + path + ": " + message + "; " + remedy;
  }
}
