package dev.ballast.objects;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.FileLease;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Lets one process at a time read, decide and write the files of a directory. */
final class WriterLock {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private WriterLock() {}

  /**
   * Takes the lock.
   *
   * @param file in a directory that must be there
   * @throws IOException when the directory is gone, or another process keeps the lock
   */
  static FileLease take(Path file) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (true) {
        Optional<FileLease> taken = FileLease.tryTake(file);
        if (taken.isPresent()) {
          return taken.get();
        }
        if (System.nanoTime() - end > 0) {
          throw new IOException(
              "another process has held " + file + " for " + PATIENCE.toSeconds() + " s");
        }
        TimeUnit.MILLISECONDS.sleep(1);
      }
    } catch (LinuxException e) {
      throw new IOException("cannot lock " + file + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + file, e);
    }
  }
}
