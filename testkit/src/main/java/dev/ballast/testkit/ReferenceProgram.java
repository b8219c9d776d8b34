package dev.ballast.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Finds programs that nobody here wrote, on the PATH and where {@code dev/peers} puts them. */
public final class ReferenceProgram {
  private static final String SYSTEM =
      "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

  private ReferenceProgram() {}

  /**
   * Returns a program that every test machine should have. Where it is missing the test is skipped
   * with a reason, and fails in continuous integration.
   */
  public static Path required(String name) {
    Optional<Path> found = find(name);
    if (found.isEmpty() && "true".equals(System.getenv("CI"))) {
      Assertions.fail(reason(name));
    }
    return optional(name);
  }

  /** Returns a program; where it is missing the test is skipped with a reason. */
  public static Path optional(String name) {
    Optional<Path> found = find(name);
    Assumptions.assumeTrue(found.isPresent(), () -> reason(name));
    return found.orElseThrow();
  }

  /**
   * Returns a program as {@code dev/peers} builds it, where the distribution's of the same name is
   * too old. Where it is missing the test is skipped with a reason, and fails in continuous
   * integration.
   */
  public static Path ofGoModule(String name) {
    return built()
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> required(name));
  }

  /** Returns a program, if it is there. */
  public static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + SYSTEM;
    return Stream.concat(
            Stream.of(path.split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of),
            Stream.concat(Stream.of(python()), built()))
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String reason(String name) {
    return name + " is not on this machine; dev/peers installs what can be had";
  }

  /** Where {@code dev/peers} puts programs that come as Python packages. */
  private static Path python() {
    return Path.of(System.getenv().getOrDefault("BALLAST_ROOT", ".."), "target", "peers", "bin");
  }

  /** Where {@code dev/peers} puts programs that it built, newest first. */
  private static Stream<Path> built() {
    String cache =
        System.getenv()
            .getOrDefault(
                "BALLAST_PROGRAMS",
                Path.of(
                        System.getenv()
                            .getOrDefault(
                                "XDG_CACHE_HOME",
                                System.getProperty("user.home", "/root") + "/.cache"),
                        "ballast",
                        "programs")
                    .toString());
    File[] entries = new File(cache).listFiles((_, entry) -> !entry.startsWith("."));
    return entries == null
        ? Stream.of()
        : Stream.of(entries)
            .filter(entry -> new File(entry, ".complete").exists())
            .sorted((a, b) -> Long.compare(b.lastModified(), a.lastModified()))
            .map(File::toPath);
  }
}
