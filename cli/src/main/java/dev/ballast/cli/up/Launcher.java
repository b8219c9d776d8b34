package dev.ballast.cli.up;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out what a user of this machine can type. */
final class Launcher {
  private Launcher() {}

  /** Returns how this program is started from the user's current directory. */
  static String command() {
    String root = System.getenv().getOrDefault("BALLAST_ROOT", "");
    if (root.isEmpty()) {
      return "ballast";
    }
    Path launcher = Path.of(root, "ballast");
    if (!Files.isExecutable(launcher)) {
      return "ballast";
    }
    return Path.of(root).equals(Path.of("").toAbsolutePath()) ? "./ballast" : launcher.toString();
  }

  /** Returns the program that fetches a URL and prints it, with its options; empty without one. */
  static Optional<String> fetcher() {
    return Stream.of("curl", "wget -qO-")
        .filter(command -> isInstalled(command.split(" ")[0]))
        .findFirst();
  }

  private static boolean isInstalled(String program) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Stream.of(path.split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
