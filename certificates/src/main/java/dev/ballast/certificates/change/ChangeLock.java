package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps two changes apart; the kernel lets go of it when the process ends, however it ends. */
final class ChangeLock implements AutoCloseable {
  /**
   * What this process holds. The kernel's lock belongs to the process, and is gone as soon as any
   * channel of the file is closed: a second thread must be turned away before it opens one.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path held;
  private final FileChannel channel;
  private final FileLock lock;

  private ChangeLock(Path held, FileChannel channel, FileLock lock) {
    this.held = held;
    this.channel = channel;
    this.lock = lock;
  }

  /** Empty when another process, or another thread of this one, holds it. */
  static Optional<ChangeLock> tryAcquire(Path file) throws IOException {
    var real = real(file);
    if (!HELD.add(real)) {
      return Optional.empty();
    }
    ChangeLock acquired = null;
    try {
      acquired = lock(real);
      return Optional.ofNullable(acquired);
    } finally {
      if (acquired == null) {
        HELD.remove(real);
      }
    }
  }

  private static @Nullable ChangeLock lock(Path file) throws IOException {
    var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
    var kept = false;
    try {
      var lock = channel.tryLock();
      if (lock == null) {
        return null;
      }
      channel.truncate(0);
      var owner = "pid " + ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)), 0);
      kept = true;
      return new ChangeLock(file, channel, lock);
    } catch (IOException e) {
      throw RealDisk.named(file, e);
    } finally {
      if (!kept) {
        channel.close();
      }
    }
  }

  /** One name for one file, by whatever links it was reached. */
  private static Path real(Path file) throws IOException {
    return file.resolveSibling("").toRealPath().resolve(file.getFileName());
  }

  /** Who holds the lock, as that process wrote it. */
  static String holder(Path file) {
    try {
      return HELD.contains(real(file))
          ? "pid " + ProcessHandle.current().pid()
          : Files.readString(file).strip();
    } catch (IOException e) {
      return "unknown process";
    }
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      channel.close();
    } finally {
      HELD.remove(held);
    }
  }
}
