package dev.ballast.bootstrap.join;

import java.util.Optional;

/**
 * A cluster that was found and whose CA is proved.
 *
 * @param server the URL of its API server
 * @param caPem its CA
 * @param token that the machine may show
 * @param kubeconfig that it may show instead
 */
record Discovered(
    String server, String caPem, Optional<String> token, Optional<String> kubeconfig) {
  /** Names no secret. */
  @Override
  public String toString() {
    return server;
  }
}
