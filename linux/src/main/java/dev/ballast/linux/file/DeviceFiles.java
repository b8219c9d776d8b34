package dev.ballast.linux.file;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Special files and owners, which Java's own API does not make. */
public final class DeviceFiles {
  private static final Call MKNOD = Call.of(INT, "mknod", POINTER, INT, LONG);
  private static final Call LCHOWN = Call.of(INT, "lchown", POINTER, INT, INT);
  private static final int CHARACTER = 0020000;
  private static final int FIFO = 0010000;

  private DeviceFiles() {}

  /** Makes the file by which overlayfs hides another; user namespaces may, since Linux 5.8. */
  public static void whiteout(Path file) {
    make(file, CHARACTER, 0);
  }

  /** Makes a named pipe of mode 0600. */
  public static void fifo(Path file) {
    make(file, FIFO | 0600, 0);
  }

  /** Changes the owner of a file itself, also of a symbolic link. */
  public static void owner(Path file, int uid, int gid) {
    try (Arena arena = Arena.ofConfined()) {
      LCHOWN.check(LCHOWN.apply(Memory.string(arena, file.toString()), uid, gid), file, uid, gid);
    }
  }

  private static void make(Path file, int mode, long device) {
    try (Arena arena = Arena.ofConfined()) {
      MKNOD.check(MKNOD.apply(Memory.string(arena, file.toString()), mode, device), file, mode);
    }
  }
}
