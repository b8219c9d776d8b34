package dev.ballast.concurrency;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of the calling OS thread. */
final class Kernel {
  private static final Path SELF = Path.of("/proc/thread-self");

  private Kernel() {}

  /** The calling OS thread's number; 0 where there is no {@code /proc}. */
  static int tid() {
    try {
      return Integer.parseInt(Files.readSymbolicLink(SELF).getFileName().toString());
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
