package dev.ballast.oci.content;

import dev.ballast.oci.content.ContentException.Reason;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many bytes of content a store may have, uploads included. It is measured when the store is
 * opened and again, at most each minute, before something is refused, since other processes write
 * and collect too. Threads: any.
 */
final class Quota {
  static final long NONE = Long.MAX_VALUE;
  private static final Duration STALE = Duration.ofSeconds(5);

  private final Path root;
  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final ReentrantLock measuring = new ReentrantLock();
  private long measuredAt;

  Quota(Path root, long limit) throws IOException {
    this.root = root;
    this.limit = limit;
    if (limit != NONE) {
      measure();
    }
  }

  /** Takes room. */
  void reserve(long bytes) throws IOException {
    if (limit == NONE) {
      return;
    }
    if (used.addAndGet(bytes) <= limit) {
      return;
    }
    used.addAndGet(-bytes);
    measuring.lock();
    try {
      if (System.nanoTime() - measuredAt > STALE.toNanos()) {
        measure();
      }
    } finally {
      measuring.unlock();
    }
    if (used.addAndGet(bytes) > limit) {
      long had = used.addAndGet(-bytes);
      throw new ContentException(
          Reason.QUOTA,
          "the store may have %d bytes and has %d: remove tags and run ballast registry gc, or raise --quota"
              .formatted(limit, had));
    }
  }

  /** Gives room back. */
  void release(long bytes) {
    if (limit != NONE) {
      used.addAndGet(-bytes);
    }
  }

  private void measure() throws IOException {
    used.set(size(root));
    measuredAt = System.nanoTime();
  }

  /** Adds up the files of a directory. */
  static long size(Path directory) throws IOException {
    long[] sum = {0};
    if (Files.isDirectory(directory)) {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              sum[0] += attributes.size();
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    }
    return sum[0];
  }
}
