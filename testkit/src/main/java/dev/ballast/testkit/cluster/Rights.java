package dev.ballast.testkit.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The rights that the nodes of a cluster need. */
final class Rights {
  private static final int CAP_SYS_ADMIN = 21;

  private Rights() {}

  /**
   * Skips the test of a user who is not the machine's root: kubelets do not run in user namespaces.
   */
  static void require() throws IOException {
    String map = Files.readString(Path.of("/proc/self/uid_map")).strip();
    boolean root = "root".equals(System.getProperty("user.name"));
    boolean administrates =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("CapEff:"))
            .anyMatch(
                line -> (Long.parseLong(line.substring(7).strip(), 16) >> CAP_SYS_ADMIN & 1) == 1);
    Assumptions.assumeTrue(
        root && administrates && map.matches("0\\s+0\\s+4294967295"),
        "a cluster needs the machine's root, not one of a user namespace");
    Assumptions.assumeTrue(
        Files.readString(Path.of("/proc/mounts")).contains(" cgroup "),
        "a cluster needs the hierarchies of cgroup v1");
  }
}
