package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Mounts in the calling thread's mount namespace, mount(2). */
public final class Mounts {
  private static final int MS_BIND = 0x1000;
  private static final int MS_REC = 0x4000;
  private static final int MNT_DETACH = 2;

  /** Who else sees a mount, mount_namespaces(7). */
  public enum Propagation {
    PRIVATE(1 << 18),
    SLAVE(1 << 19),
    SHARED(1 << 20);

    private final int flag;

    Propagation(int flag) {
      this.flag = flag;
    }
  }

  private Mounts() {}

  /** Makes {@code source} visible at {@code target}. */
  public static void bind(Path source, Path target) throws LinuxException {
    mount(source.toString(), target, "", MS_BIND | MS_REC, "");
  }

  /** An empty file system in memory of at most {@code bytes}. */
  public static void tmpfs(Path target, long bytes, String mode) throws LinuxException {
    mount("tmpfs", target, "tmpfs", 0, "size=" + bytes + ",mode=" + mode);
  }

  /** The files of the kernel about the calling thread's network namespace. */
  public static void sysfs(Path target) throws LinuxException {
    mount("sysfs", target, "sysfs", 0, "");
  }

  /** Changes how a mount and those below it propagate. */
  public static void propagateAll(Path target, Propagation propagation) throws LinuxException {
    mount("none", target, "", propagation.flag | MS_REC, "");
  }

  static void propagate(Path target, Propagation propagation) throws LinuxException {
    mount("none", target, "", propagation.flag | MS_REC, "");
  }

  /** Takes a mount away; it ends when the last user is gone. */
  public static void detach(Path target) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Kernel.call(
          "umount(" + target + ")",
          Kernel.Call.UMOUNT2,
          arena.allocateFrom(target.toString()).address(),
          MNT_DETACH);
    }
  }

  private static void mount(String source, Path target, String type, long flags, String data)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Kernel.call(
          "mount(" + source + " on " + target + ")",
          Kernel.Call.MOUNT,
          arena.allocateFrom(source).address(),
          arena.allocateFrom(target.toString()).address(),
          text(arena, type).address(),
          flags,
          text(arena, data).address());
    }
  }

  private static MemorySegment text(Arena arena, String value) {
    return value.isEmpty() ? MemorySegment.NULL : arena.allocateFrom(value);
  }
}
