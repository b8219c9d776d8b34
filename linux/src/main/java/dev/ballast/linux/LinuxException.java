package dev.ballast.linux;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A kernel call failed.
 *
 * <p>The message reads {@code setns(net:/run/netns/blt-a): EPERM (operation not permitted)}: the
 * call, the arguments that a person needs to find the thing, the error. Where the kernel said more
 * (netlink's extended acknowledgement), or a remedy is known, it follows.
 */
public final class LinuxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * @param call the function that failed
   * @param arguments those that matter, as {@code name=value} or plain values
   */
  public LinuxException(String call, Errno errno, List<?> arguments) {
    this(call, errno, arguments, "");
  }

  /** With what the kernel or the caller knows beyond the number. */
  public LinuxException(String call, Errno errno, List<?> arguments, String detail) {
    super(
        arguments.stream().map(String::valueOf).collect(Collectors.joining(", ", call + "(", ")"))
            + ": "
            + errno
            + (detail.isEmpty() ? "" : ": " + detail));
    this.call = call;
    this.errno = errno.number();
  }

  /** The C function, or the netlink request. */
  public String call() {
    return call;
  }

  /** What went wrong. */
  public Errno errno() {
    return Errno.of(errno);
  }

  /** Whether this is the error of that number, as {@code e.is(Errno.ENOENT)}. */
  public boolean is(int number) {
    return errno == number;
  }
}
