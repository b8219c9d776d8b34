package dev.ballast.mesh.explain;

import java.util.List;

/**
 * What was decided at one stage.
 *
 * @param because why
 * @param source the object that it comes from; empty when it is of no object
 * @param rejected what was not chosen, and why
 */
public record Step(
    Stage stage, String chosen, String because, String source, List<Rejected> rejected) {
  public Step {
    rejected = List.copyOf(rejected);
  }

  /** The stages of a request. */
  public enum Stage {
    DNS,
    CAPTURE,
    LISTENER,
    CHAIN,
    ROUTE,
    CLUSTER,
    ENDPOINT,
    TLS
  }

  /** A candidate that was not chosen. */
  public record Rejected(String name, String because) {}
}
