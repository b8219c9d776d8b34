package dev.ballast.oci.content;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.FileLease;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.content.ContentException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * Uploads that come in several requests, and may be resumed by another process after this one was
 * killed. What was hashed so far is kept in memory for the last of them; others are hashed again.
 * Threads: any; one at a time has an upload, others are told that it is busy.
 */
public final class Uploads {
  /** Each has an open file. */
  private static final int KEPT = 256;

  private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private final ContentStore store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Path, Upload> idle = new LinkedHashMap<>();

  /** What is done with an upload while nobody else has it. */
  public interface Use<T> {
    T with(Upload upload) throws IOException;
  }

  public Uploads(ContentStore store) {
    this.store = store;
  }

  private Path directory(RepositoryName name, String id) throws ContentException {
    if (!ID.matcher(id).matches()) {
      throw unknown();
    }
    return store.repository(name).uploads().resolve(id);
  }

  private static ContentException unknown() {
    return new ContentException(Reason.UNKNOWN_UPLOAD, "there is no such upload; begin a new one");
  }

  /** Begins one. */
  public String begin(RepositoryName name, DigestAlgorithm algorithm) throws IOException {
    String id = UUID.randomUUID().toString();
    Path directory = directory(name, id);
    try {
      Files.createDirectories(directory);
      Files.createFile(directory.resolve(algorithm.text()));
      Files.createFile(directory.resolve("data"));
    } catch (IOException e) {
      throw ContentException.of(e, store.root().toString());
    }
    return id;
  }

  /** Returns how much of one there is. */
  public OptionalLong length(RepositoryName name, String id) throws IOException {
    try {
      return OptionalLong.of(Files.size(directory(name, id).resolve("data")));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  /** Goes on with one. */
  public <T> T resume(RepositoryName name, String id, Use<T> use) throws IOException {
    Path directory = directory(name, id);
    try (FileLease _ = lease(directory)) {
      Upload upload = open(directory);
      boolean done = false;
      try {
        T result = use.with(upload);
        done = true;
        return result;
      } finally {
        if (upload.isFinished()) {
          remove(directory);
        } else if (done) {
          keep(directory, upload);
        } else {
          upload.close();
        }
      }
    }
  }

  /** Gives one up. */
  public void cancel(RepositoryName name, String id) throws IOException {
    Path directory = directory(name, id);
    try (FileLease _ = lease(directory)) {
      open(directory).drop();
      remove(directory);
    }
  }

  private static FileLease lease(Path directory) throws IOException {
    if (!Files.exists(directory.resolve("data"))) {
      throw unknown();
    }
    Optional<FileLease> lease;
    try {
      lease = FileLease.tryTake(directory.resolve("lock"));
    } catch (LinuxException e) {
      if (e.is(Errno.ENOENT)) {
        throw unknown();
      }
      throw ContentException.of(
          new IOException(String.valueOf(e.getMessage()), e), directory.toString());
    }
    return lease.orElseThrow(() ->
        new ContentException(
            Reason.BUSY, "another request writes to this upload; ask for its state"));
  }

  private Upload open(Path directory) throws IOException {
    Optional<Upload> kept;
    lock.lock();
    try {
      kept = Optional.ofNullable(idle.remove(directory));
    } finally {
      lock.unlock();
    }
    Path data = directory.resolve("data");
    try {
      if (kept.isPresent()) {
        if (kept.get().length() == Files.size(data)) {
          return kept.get();
        }
        // Another process went on with it.
        kept.get().close();
      }
      DigestAlgorithm algorithm =
          Files.exists(directory.resolve(DigestAlgorithm.SHA512.text()))
              ? DigestAlgorithm.SHA512
              : DigestAlgorithm.SHA256;
      return Upload.resume(store, data, algorithm);
    } catch (NoSuchFileException e) {
      throw unknown();
    }
  }

  private void keep(Path directory, Upload upload) throws IOException {
    Optional<Upload> oldest = Optional.empty();
    lock.lock();
    try {
      idle.put(directory, upload);
      if (idle.size() > KEPT) {
        Path first = idle.keySet().iterator().next();
        oldest = Optional.ofNullable(idle.remove(first));
      }
    } finally {
      lock.unlock();
    }
    if (oldest.isPresent()) {
      oldest.get().close();
    }
  }

  private static void remove(Path directory) throws IOException {
    for (Path file : Repository.entries(directory)) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory);
  }

  /** Closes the files of those that wait to be resumed. */
  public void close() throws IOException {
    lock.lock();
    try {
      for (Upload each : idle.values()) {
        each.close();
      }
      idle.clear();
    } finally {
      lock.unlock();
    }
  }
}
