package dev.ballast.concurrency;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of the calling OS thread. */
final class Kernel {
  private static final File SELF = new File("/proc/thread-self");

  private Kernel() {}

  /**
   * The calling OS thread's number; 0 where there is no {@code /proc}. Not by {@link Files}, which
   * gives each thread memory of its own that has to be freed when it ends: some end at once.
   */
  static int tid() {
    try {
      String own = SELF.getCanonicalPath();
      return Integer.parseInt(own, own.lastIndexOf('/') + 1, own.length(), 10);
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** Whether an OS thread of this process waits in the kernel. */
  static boolean waits(int tid) {
    try {
      String stat = Files.readString(Path.of("/proc/self/task/" + tid + "/stat"), ISO_8859_1);
      // The name is in parentheses and may hold any character.
      return stat.startsWith(") S", stat.lastIndexOf(')'));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
