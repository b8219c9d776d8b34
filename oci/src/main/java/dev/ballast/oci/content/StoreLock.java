package dev.ballast.oci.content;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.FileLease;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Keeps writers of a store and its collection apart, in all processes. Writers share the lock for
 * the moment in which they name content; collection has it for itself. Whoever waits for it has the
 * gate meanwhile, so that a stream of writers does not keep collection out for ever. Readers take
 * nothing: an open file stays whole when it is unlinked.
 */
final class StoreLock {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_MILLIS = 2;

  private final Path gate;
  private final Path lock;

  StoreLock(Path root) {
    this.gate = root.resolve("gate");
    this.lock = root.resolve("lock");
  }

  /** Takes a piece of the lock. */
  FileLease share() throws IOException {
    try (FileLease _ = await(() -> FileLease.tryShare(gate))) {
      return await(() -> FileLease.tryShare(lock));
    }
  }

  /** Takes all of it. */
  FileLease take() throws IOException {
    try (FileLease _ = await(() -> FileLease.tryTake(gate))) {
      return await(() -> FileLease.tryTake(lock));
    }
  }

  private interface Attempt {
    Optional<FileLease> lease();
  }

  private FileLease await(Attempt attempt) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (true) {
        Optional<FileLease> lease = attempt.lease();
        if (lease.isPresent()) {
          return lease.get();
        }
        if (System.nanoTime() - end > 0) {
          throw new ContentException(
              ContentException.Reason.BUSY,
              "the store is locked for longer than " + PATIENCE.toSeconds() + " s; try again");
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the lock of the store", e);
    } catch (LinuxException e) {
      throw new IOException("cannot lock the store: " + e.getMessage(), e);
    }
  }
}
