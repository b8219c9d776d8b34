package dev.ballast.certificates.change;

import java.nio.file.Path;

/** Paths in line-based files: a line break in a name does not break the line. */
final class Escaped {
  private Escaped() {}

  static String text(Path path) {
    return path.toString().replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D");
  }

  static Path path(String text) {
    return Path.of(text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"));
  }
}
