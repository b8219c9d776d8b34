package dev.ballast.images;

import java.util.Locale;

/** An operating system, a processor and its variant, normalised as containerd does. */
public record Platform(String os, String architecture, String variant) {
  /** Reads {@code linux/arm64}, {@code arm64}, {@code linux/arm/v7}. */
  public static Platform parse(String text) {
    if (text.equals("local")) {
      return host();
    }
    String[] parts = text.strip().toLowerCase(Locale.ROOT).split("/", -1);
    for (String part : parts) {
      if (!part.matches("[a-z0-9_.-]+")) {
        throw new IllegalArgumentException(
            "\"" + text + "\" is not a platform; write it like linux/arm64");
      }
    }
    return switch (parts.length) {
      case 1 -> of("linux", parts[0], "");
      case 2 -> of(parts[0], parts[1], "");
      case 3 -> of(parts[0], parts[1], parts[2]);
      default ->
          throw new IllegalArgumentException(
              "\"" + text + "\" is not a platform; write it like linux/arm64");
    };
  }

  private static Platform of(String os, String architecture, String variant) {
    return switch (architecture) {
      case "x86_64", "x86-64", "amd64" ->
          new Platform(os, "amd64", variant.equals("v1") ? "" : variant);
      case "aarch64", "arm64" ->
          new Platform(os, "arm64", variant.equals("8") || variant.equals("v8") ? "" : variant);
      case "i386", "386" -> new Platform(os, "386", "");
      case "armhf" -> new Platform(os, "arm", "v7");
      case "armel" -> new Platform(os, "arm", "v6");
      case "arm" ->
          new Platform(
              os,
              "arm",
              variant.isEmpty() ? "v7" : variant.startsWith("v") ? variant : "v" + variant);
      default -> new Platform(os, architecture, variant);
    };
  }

  /** Returns that of this machine. */
  public static Platform host() {
    return of("linux", System.getProperty("os.arch"), "");
  }

  /** Returns whether an image of another platform serves this one. */
  public boolean accepts(Platform image) {
    return equals(image)
        || (os.equals(image.os)
            && architecture.equals(image.architecture)
            && (image.variant.isEmpty() || variant.compareTo(image.variant) >= 0));
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
