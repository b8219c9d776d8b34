package dev.ballast.images.build;

import dev.ballast.images.Platform;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.mount.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Lets the kernel run programs of other processors by qemu-user: registered in this process's own
 * user namespace, which the host does not notice. In the first user namespace nothing is
 * registered; there only what the host has counts.
 */
final class Binfmt {
  private static final Path PLACE = Path.of("/proc/sys/fs/binfmt_misc");
  private static final String FIRST_NAMESPACE = "user:[4026531837]";
  private static final String MASK =
      "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfc\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff";

  private record Machine(String qemu, int bits, boolean big, int number) {}

  private static final Map<String, Machine> MACHINES =
      Map.of(
          "arm64", new Machine("aarch64", 64, false, 183),
          "amd64", new Machine("x86_64", 64, false, 62),
          "riscv64", new Machine("riscv64", 64, false, 243),
          "arm", new Machine("arm", 32, false, 40),
          "386", new Machine("i386", 32, false, 3),
          "ppc64le", new Machine("ppc64le", 64, false, 21),
          "s390x", new Machine("s390x", 64, true, 22));

  private Binfmt() {}

  /** Makes sure that programs of a platform run here. */
  static synchronized void require(Platform platform) throws IOException {
    String host = Platform.host().architecture();
    String wanted = platform.architecture();
    if (wanted.equals(host) || (host.equals("amd64") && wanted.equals("386"))) {
      return;
    }
    Machine machine = MACHINES.get(wanted);
    if (machine == null) {
      throw new BuildFailure("no support for running processes with " + platform + " platform");
    }
    boolean own =
        !Files.readSymbolicLink(Path.of("/proc/self/ns/user")).toString().equals(FIRST_NAMESPACE);
    if (own && !Files.exists(PLACE.resolve("ballast-" + machine.qemu()))) {
      register(machine, platform);
      return;
    }
    if (!own && !Files.exists(PLACE.resolve("qemu-" + machine.qemu()))) {
      throw new BuildFailure(
          "cannot run programs of %s: the host has no qemu-%s in %s; install qemu-user-static with binfmt-support, or build through `ballast buildx build`, which needs nothing on the host"
              .formatted(platform, machine.qemu(), PLACE));
    }
  }

  private static void register(Machine machine, Platform platform) throws IOException {
    Path qemu =
        List.of(
                "/usr/libexec/qemu-binfmt/" + machine.qemu() + "-binfmt-P",
                "/usr/bin/qemu-" + machine.qemu() + "-static")
            .stream()
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() ->
                new BuildFailure(
                    "cannot run programs of "
                        + platform
                        + ": qemu-"
                        + machine.qemu()
                        + "-static is not installed; run `apt-get install qemu-user-static`"));
    try {
      Mounts.special("binfmt_misc", PLACE, "");
      Files.writeString(PLACE.resolve("register"), line(machine, qemu));
    } catch (LinuxException | IOException e) {
      throw new BuildFailure(
          "cannot register qemu for "
              + platform
              + " in this user namespace (Linux 6.7 or newer is needed): "
              + e.getMessage(),
          e);
    }
  }

  private static String line(Machine machine, Path qemu) {
    String number =
        machine.big()
            ? "\\x00\\x%02x".formatted(machine.number())
            : "\\x%02x\\x00".formatted(machine.number());
    String type = machine.big() ? "\\x00\\x02" : "\\x02\\x00";
    String magic =
        "\\x7fELF\\x0%d\\x0%d\\x01".formatted(machine.bits() / 32, machine.big() ? 2 : 1)
            + "\\x00".repeat(9)
            + type
            + number;
    // Executables and shared objects; the operating system's byte may be any.
    String mask = MASK + (machine.big() ? "\\xff\\xfe\\xff\\xff" : "\\xfe\\xff\\xff\\xff");
    String flags = qemu.toString().endsWith("-P") ? "OPF" : "OF";
    return ":ballast-" + machine.qemu() + ":M::" + magic + ":" + mask + ":" + qemu + ":" + flags;
  }
}
