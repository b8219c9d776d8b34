package dev.ballast.oci;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What an image runs on.
 *
 * @param variant empty where the architecture has none
 */
public record Platform(String os, String architecture, String variant) {
  /** Of content that is for no platform, or for any. */
  public static final Platform NONE = new Platform("", "", "");

  static Platform of(JsonNode node) {
    return node.isObject()
        ? new Platform(
            node.path("os").asText(),
            node.path("architecture").asText(),
            node.path("variant").asText())
        : NONE;
  }

  /**
   * Reads {@code OS/ARCHITECTURE[/VARIANT]}.
   *
   * @throws IllegalArgumentException when the text is none
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3 || text.startsWith("/") || text.endsWith("/")) {
      throw new IllegalArgumentException(
          "not a platform: " + text + "; write OS/ARCHITECTURE, as linux/arm64");
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
  }

  /** Returns the platform of this machine. */
  public static Platform here() {
    String arch = System.getProperty("os.arch", "");
    return new Platform(
        "linux",
        switch (arch) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> arch;
        },
        "");
  }

  /** Returns whether an image of the other platform is wanted by who asks for this one. */
  public boolean accepts(Platform other) {
    return os.equals(other.os)
        && architecture.equals(other.architecture)
        && (variant.isEmpty() || variant.equals(other.variant) || implied(other));
  }

  /** {@code arm64} means {@code arm64/v8}. */
  private boolean implied(Platform other) {
    return architecture.equals("arm64") && variant.equals("v8") && other.variant.isEmpty();
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
