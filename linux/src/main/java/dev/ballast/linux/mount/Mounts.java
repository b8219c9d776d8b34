package dev.ballast.linux.mount;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import dev.ballast.linux.thread.CurrentThread;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Mounts of the calling thread's mount namespace. All need {@code CAP_SYS_ADMIN} in it and throw
 * {@code LinuxException}.
 */
public final class Mounts {
  private static final Call MOUNT = Call.of(INT, "mount", POINTER, POINTER, POINTER, LONG, POINTER);
  private static final Call UMOUNT = Call.of(INT, "umount2", POINTER, INT);
  private static final Call STATFS = Call.of(INT, "statfs", POINTER, POINTER);

  private static final Call PIVOT_ROOT = Call.variadic(1, LONG, "syscall", LONG, POINTER, POINTER);

  // The number of the call on the two processors that Ballast runs on.
  private static final int SYS_PIVOT_ROOT =
      System.getProperty("os.arch").equals("aarch64") ? 41 : 155;
  private static final int MS_RDONLY = 1;
  private static final int MS_NOSUID = 2;
  private static final int MS_NODEV = 4;
  private static final int MS_REMOUNT = 0x20;
  private static final int MS_BIND = 0x1000;
  private static final int MS_REC = 0x4000;
  private static final int MS_PRIVATE = 1 << 18;
  private static final int MS_SLAVE = 1 << 19;
  private static final int MS_SHARED = 1 << 20;
  private static final int MNT_DETACH = 2;

  private Mounts() {}

  /** Shows a file or directory at a second place. */
  public static void bind(Path source, Path target) {
    mount(source.toString(), target, "none", MS_BIND, "");
  }

  /** As {@link #bind}, with the mounts below it. */
  public static void bindRecursive(Path source, Path target) {
    mount(source.toString(), target, "none", MS_BIND | MS_REC, "");
  }

  /** As {@link #bind}, not writable through the new place. */
  public static void bindReadOnly(Path source, Path target) {
    bind(source, target);
    mount(source.toString(), target, "none", MS_BIND | MS_REMOUNT | MS_RDONLY, "");
  }

  /**
   * Mounts an overlay file system.
   *
   * @param options as {@code lowerdir=a:b,upperdir=c,workdir=d}; relative paths are those of the
   *     thread's directory; at most a page
   */
  public static void overlay(Path target, String options) {
    mount("overlay", target, "overlay", 0, options);
  }

  /** Mounts a file system without a device: {@code mqueue}, {@code devpts}, {@code binfmt_misc}. */
  public static void special(String type, Path target, String options) {
    mount(type, target, type, MS_NOSUID, options);
  }

  /** Makes a bind mount read-only that is there already, with those flags it cannot lose. */
  public static void remountReadOnly(Path target) {
    mount("none", target, "none", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, "");
  }

  /**
   * Makes a mount the root of the calling thread's mount namespace and takes the old root away. The
   * thread must have file system state and a mount namespace of its own.
   */
  public static void pivot(Path root) {
    CurrentThread.chdir(root);
    try (Arena arena = Arena.ofConfined()) {
      long here = Memory.string(arena, ".");
      PIVOT_ROOT.check(PIVOT_ROOT.apply(SYS_PIVOT_ROOT, here, here), root);
      // The old root now lies on top of the new one.
      UMOUNT.check(UMOUNT.apply(here, MNT_DETACH), "old root");
    }
    CurrentThread.chdir(Path.of("/"));
  }

  /**
   * Mounts an empty file system in memory, without devices and set-user-id programs.
   *
   * @param options as {@code size=16m,mode=0700}; empty for the kernel's defaults
   */
  public static void tmpfs(Path target, String options) {
    mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options);
  }

  /** Mounts a view of {@code /sys} for the calling thread's network namespace. */
  public static void sysfs(Path target) {
    mount("sysfs", target, "sysfs", MS_NOSUID | MS_NODEV, "");
  }

  /** Lets mounts here and below neither come from nor go to other mount namespaces. */
  public static void makePrivate(Path target) {
    mount("none", target, "none", MS_PRIVATE | MS_REC, "");
  }

  /** Lets mounts here and below come from where this one was copied, and go nowhere. */
  public static void makeSlave(Path target) {
    mount("none", target, "none", MS_SLAVE | MS_REC, "");
  }

  /**
   * Lets mounts below be seen in all mount namespaces that share this one; {@code EINVAL} when the
   * path is not a mount.
   */
  public static void share(Path target) {
    mount("none", target, "none", MS_SHARED | MS_REC, "");
  }

  /** Unmounts; {@code EBUSY} while in use. */
  public static void unmount(Path target) {
    unmount(target, 0);
  }

  /** Takes a mount from the tree now; it goes when its last user does. */
  public static void detach(Path target) {
    unmount(target, MNT_DETACH);
  }

  /** What a file system is: its magic number and its room in bytes. */
  public record FileSystemFacts(long magic, long totalBytes, long availableBytes) {
    public static final long TMPFS = 0x0102_1994L;
    public static final long NSFS = 0x6e73_6673L;
    public static final long OVERLAYFS = 0x794c_7630L;
    public static final long CGROUP2 = 0x6367_7270L;
  }

  /** Asks the file system that a path is on. */
  public static FileSystemFacts facts(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(120, 8);
      long name = Memory.string(arena, path.toString());
      STATFS.check(Call.retry(() -> STATFS.apply(name, buffer.address())), path);
      long block = buffer.get(ValueLayout.JAVA_LONG, 8);
      return new FileSystemFacts(
          buffer.get(ValueLayout.JAVA_LONG, 0),
          block * buffer.get(ValueLayout.JAVA_LONG, 16),
          block * buffer.get(ValueLayout.JAVA_LONG, 32));
    }
  }

  private static void mount(String source, Path target, String type, long flags, String options) {
    try (Arena arena = Arena.ofConfined()) {
      long answer =
          MOUNT.apply(
              Memory.string(arena, source),
              Memory.string(arena, target.toString()),
              Memory.string(arena, type),
              flags,
              options.isEmpty() ? 0 : Memory.string(arena, options));
      MOUNT.check(answer, source, target, type, "flags=0x" + Long.toHexString(flags), options);
    }
  }

  private static void unmount(Path target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      UMOUNT.check(UMOUNT.apply(Memory.string(arena, target.toString()), flags), target);
    }
  }
}
