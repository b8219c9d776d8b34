package dev.ballast.linux.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether this kernel lets an ordinary user make a user namespace, and if not, which setting
 * forbids it.
 *
 * <p>A JVM cannot enter one itself: {@code CLONE_NEWUSER} needs a process of one thread. It has to
 * be started under one ({@code unshare --user --map-root-user}).
 */
public final class UserNamespaces {
  private final Path proc;

  private UserNamespaces(Path proc) {
    this.proc = proc;
  }

  /** Why an ordinary user cannot make one here, with the remedy; empty when nothing forbids it. */
  public static Optional<String> refusal() {
    return refusal(Path.of("/proc"));
  }

  static Optional<String> refusal(Path proc) {
    return new UserNamespaces(proc).decide();
  }

  private Optional<String> decide() {
    if (!Files.exists(proc.resolve("self/ns/user"))) {
      return Optional.of("this kernel has no user namespaces (CONFIG_USER_NS): run as root");
    }
    if ("0".equals(setting("sys/user/max_user_namespaces"))) {
      return Optional.of(
          "user.max_user_namespaces is 0: run `sudo sysctl user.max_user_namespaces=15000`, or run"
              + " as root");
    }
    if ("0".equals(setting("sys/kernel/unprivileged_userns_clone"))) {
      return Optional.of(
          "kernel.unprivileged_userns_clone is 0: run `sudo sysctl"
              + " kernel.unprivileged_userns_clone=1`, or run as root");
    }
    if ("1".equals(setting("sys/kernel/apparmor_restrict_unprivileged_userns"))) {
      return Optional.of(
          "AppArmor takes all rights from user namespaces of ordinary users: run `sudo sysctl"
              + " kernel.apparmor_restrict_unprivileged_userns=0`, or run as root");
    }
    return Optional.empty();
  }

  private String setting(String file) {
    try {
      return Files.readString(proc.resolve(file)).strip();
    } catch (IOException e) {
      return ""; // A setting that this kernel does not have forbids nothing.
    }
  }
}
