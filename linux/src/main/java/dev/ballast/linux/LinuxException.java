package dev.ballast.linux;

import java.io.IOException;

/** A system call that the kernel refused: which one, on what, and the errno it gave. */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  LinuxException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.call = call;
    this.errno = errno;
  }

  LinuxException(String call, int errno, String detail) {
    super(call + ": " + Errno.describe(errno) + " (" + detail + ")");
    this.call = call;
    this.errno = errno;
  }

  /** The call with the arguments that matter, for example {@code setns(/run/netns/a)}. */
  public String call() {
    return call;
  }

  /** The kernel's error number, for example {@link Errno#EPERM}. */
  public int errno() {
    return errno;
  }
}
