package dev.ballast.images.registry;

/** A name of an image: registry, repository and a tag or digest. */
public record Reference(String registry, String repository, String target) {
  private static final String REPOSITORY =
      "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*";

  /** Reads one as Docker does: {@code busybox} is {@code docker.io/library/busybox:latest}. */
  public static Reference parse(String text) {
    String rest = text;
    String registry = "docker.io";
    int slash = rest.indexOf('/');
    if (slash > 0) {
      String first = rest.substring(0, slash);
      if (first.contains(".") || first.contains(":") || first.equals("localhost")) {
        registry = first;
        rest = rest.substring(slash + 1);
      }
    }
    String target = "";
    int at = rest.indexOf('@');
    if (at >= 0) {
      target = rest.substring(at + 1);
      rest = rest.substring(0, at);
    }
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      target = target.isEmpty() ? rest.substring(colon + 1) : target;
      rest = rest.substring(0, colon);
    }
    if (target.isEmpty()) {
      target = "latest";
    }
    if (registry.equals("docker.io") && !rest.contains("/")) {
      rest = "library/" + rest;
    }
    if (!rest.matches(REPOSITORY)
        || !target.matches("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}|sha256:[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a name of an image: invalid reference format");
    }
    return new Reference(registry, rest, target);
  }

  @Override
  public String toString() {
    return registry + "/" + repository + (target.startsWith("sha256:") ? "@" : ":") + target;
  }
}
