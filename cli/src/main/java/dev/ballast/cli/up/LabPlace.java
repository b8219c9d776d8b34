package dev.ballast.cli.up;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;

/** Says where labs keep their files, and how they are named. */
public final class LabPlace {
  private LabPlace() {}

  /**
   * Not below {@code /run}: hosts have a {@code /run} of their own and see the objects all the
   * same.
   */
  public static Path directory(Map<String, String> environment, boolean root) {
    if (root) {
      return Path.of("/var/lib/ballast/lab");
    }
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    if (!cache.isEmpty()) {
      return Path.of(cache, "ballast", "lab");
    }
    String home = environment.getOrDefault("HOME", "");
    return !home.isEmpty() && Files.isWritable(Path.of(home))
        ? Path.of(home, ".cache", "ballast", "lab")
        : Path.of(
            System.getProperty("java.io.tmpdir"),
            "ballast-" + environment.getOrDefault("USER", "user"),
            "lab");
  }

  /** Returns where an ordinary user's labs are. */
  public static Path ofUser() {
    return directory(System.getenv(), false);
  }

  /** Enough not to meet another lab's, and short to type. */
  static String newId() {
    return Integer.toString(36 * 36 * 36 * 36 + new SecureRandom().nextInt(36 * 36 * 36 * 36), 36)
        .substring(1);
  }
}
