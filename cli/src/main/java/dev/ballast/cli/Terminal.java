package dev.ballast.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells whether a person reads the output. */
public final class Terminal {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  /** Returns whether standard error is a terminal; standard output is picocli's to ask. */
  public static boolean isStandardError() {
    return is(STANDARD_ERROR);
  }

  static boolean is(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/") || target.matches("/dev/(tty\\w*|console)");
    } catch (IOException e) {
      return false;
    }
  }
}
