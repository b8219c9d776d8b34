package dev.ballast.oci;

import java.util.Optional;

/**
 * The name of an image in a registry.
 *
 * @param registry as {@code docker.io} or {@code localhost:5000}
 * @param target a tag or a digest
 */
public record Reference(String registry, RepositoryName repository, String target) {
  private static final String DOCKER = "docker.io";
  private static final String HOST =
      "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?";

  /**
   * Reads one as Docker does: {@code busybox} is {@code docker.io/library/busybox:latest}.
   *
   * @throws IllegalArgumentException when the text is none
   */
  public static Reference parse(String text) {
    String rest = text;
    String registry = DOCKER;
    int slash = rest.indexOf('/');
    if (slash > 0) {
      String first = rest.substring(0, slash);
      if (first.contains(".") || first.contains(":") || first.equals("localhost")) {
        registry = first.equals("index.docker.io") ? DOCKER : first;
        rest = rest.substring(slash + 1);
      }
    }
    String target = "";
    int at = rest.indexOf('@');
    if (at >= 0) {
      target = rest.substring(at + 1);
      rest = rest.substring(0, at);
      if (Digest.tryParse(target).isEmpty()) {
        throw invalid(text);
      }
    }
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      String tag = rest.substring(colon + 1);
      if (Tag.tryParse(tag).isEmpty()) {
        throw invalid(text);
      }
      target = target.isEmpty() ? tag : target;
      rest = rest.substring(0, colon);
    }
    if (registry.equals(DOCKER) && !rest.contains("/")) {
      rest = "library/" + rest;
    }
    Optional<RepositoryName> repository = RepositoryName.tryParse(rest);
    if (repository.isEmpty() || !registry.matches(HOST)) {
      throw invalid(text);
    }
    return new Reference(registry, repository.get(), target.isEmpty() ? "latest" : target);
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not a name of an image; write REGISTRY/REPOSITORY[:TAG|@DIGEST]");
  }

  /** Returns the digest, if it names one. */
  public Optional<Digest> digest() {
    return Digest.tryParse(target);
  }

  /** Returns the same repository with another target. */
  public Reference at(String other) {
    return new Reference(registry, repository, other);
  }

  @Override
  public String toString() {
    return registry + "/" + repository + (digest().isPresent() ? "@" : ":") + target;
  }
}
