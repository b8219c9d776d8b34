package dev.ballast.linux.file;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Renames that {@code Files.move} cannot promise, and the sync that makes one last. */
public final class AtomicRename {
  private static final Call RENAMEAT2 = Call.of(INT, "renameat2", INT, POINTER, INT, POINTER, INT);
  private static final Call FSYNC = Call.of(INT, "fsync", INT);
  private static final int AT_FDCWD = -100;
  private static final int RENAME_NOREPLACE = 1;
  private static final int RENAME_EXCHANGE = 2;
  private static final int O_DIRECTORY = 0x10000;
  private static final int O_DIRECTORY_ARM = 0x4000;

  private AtomicRename() {}

  /**
   * Renames unless the target exists.
   *
   * @return false when it does
   * @throws dev.ballast.linux.LinuxException {@code EINVAL} on a file system that cannot
   */
  public static boolean ifAbsent(Path from, Path to) {
    long answer = rename(from, to, RENAME_NOREPLACE);
    if (answer == -Errno.EEXIST) {
      return false;
    }
    RENAMEAT2.check(answer, from, to, "RENAME_NOREPLACE");
    return true;
  }

  /** Gives each of two files or directories the other's name, at one instant. */
  public static void exchange(Path one, Path other) {
    RENAMEAT2.check(rename(one, other, RENAME_EXCHANGE), one, other, "RENAME_EXCHANGE");
  }

  private static long rename(Path from, Path to, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long a = Memory.string(arena, from.toString());
      long b = Memory.string(arena, to.toString());
      return Call.retry(() -> RENAMEAT2.apply(AT_FDCWD, a, AT_FDCWD, b, flags));
    }
  }

  /** Writes a directory's entries to the disk: after a rename, before it is relied on. */
  public static void syncDirectory(Path directory) {
    int flag =
        System.getProperty("os.arch", "").startsWith("aarch64") ? O_DIRECTORY_ARM : O_DIRECTORY;
    try (Fd fd = Fd.open(directory, Fd.O_RDONLY | flag)) {
      FSYNC.check(fd.use(n -> Call.retry(() -> FSYNC.apply(n))), directory);
    }
  }
}
