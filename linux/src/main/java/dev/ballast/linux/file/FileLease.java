package dev.ballast.linux.file;

import static dev.ballast.linux.call.Call.INT;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.call.Call;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A {@code flock} on a file, exclusive or shared: gone with its holder, however that ends. Unlike
 * {@code FileChannel.lock} it also keeps out a second holder in the same process, and is not lost
 * when some other code of the process closes the file.
 */
public final class FileLease implements AutoCloseable {
  private static final Call FLOCK = Call.of(INT, "flock", INT, INT);
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private final Fd fd;

  private FileLease(Fd fd) {
    this.fd = fd;
  }

  /** Takes the lease, making the file (mode 0600) if it is missing; empty when another has it. */
  public static Optional<FileLease> tryTake(Path file) {
    return tryLock(file, LOCK_EX);
  }

  /** Takes the lease beside others that share it; empty when one has it for itself. */
  public static Optional<FileLease> tryShare(Path file) {
    return tryLock(file, LOCK_SH);
  }

  private static Optional<FileLease> tryLock(Path file, int kind) {
    Fd fd = Fd.open(file, Fd.O_RDWR | Fd.O_CREAT);
    long answer = fd.use(n -> Call.retry(() -> FLOCK.apply(n, kind | LOCK_NB)));
    if (answer == 0) {
      return Optional.of(new FileLease(fd));
    }
    fd.close();
    if (answer == -Errno.EAGAIN) {
      return Optional.empty();
    }
    FLOCK.check(answer, file);
    throw new IllegalStateException("flock answered " + answer);
  }

  @Override
  public void close() {
    fd.close();
  }
}
