package dev.ballast.linux.file;

import static dev.ballast.linux.call.Call.INT;

import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import java.nio.file.Path;

/** Writes everything that a file system holds back to its disk: one call for many files. */
public final class FileSystemSync {
  private static final Call SYNCFS = Call.of(INT, "syncfs", INT);

  private FileSystemSync() {}

  /**
   * Returns once all that was written to the file system of a path is on its disk.
   *
   * @throws dev.ballast.linux.LinuxException when something of it cannot be written
   */
  public static void of(Path path) {
    try (Fd fd = Fd.open(path, Fd.O_RDONLY)) {
      SYNCFS.check(fd.use(n -> Call.retry(() -> SYNCFS.apply(n))), path);
    }
  }
}
