package dev.ballast.linux;

import java.util.Map;

/**
 * An error number of the kernel, with the name and words people search for.
 *
 * @param number as in {@code errno.h} (the generic numbers: x86-64, aarch64, riscv64)
 * @param name such as {@code EPERM}, or {@code errno 512} for a number without a name here
 * @param text what the C library says of it
 */
public record Errno(int number, String name, String text) {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ENOSYS = 38;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ENOBUFS = 105;

  private static final Map<Integer, String> KNOWN =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM operation not permitted"),
          Map.entry(ENOENT, "ENOENT no such file or directory"),
          Map.entry(ESRCH, "ESRCH no such process"),
          Map.entry(EINTR, "EINTR interrupted by a signal"),
          Map.entry(EIO, "EIO input/output error"),
          Map.entry(6, "ENXIO no such device or address"),
          Map.entry(7, "E2BIG argument list too long"),
          Map.entry(8, "ENOEXEC not an executable format"),
          Map.entry(EBADF, "EBADF bad file descriptor"),
          Map.entry(ECHILD, "ECHILD no child processes"),
          Map.entry(EAGAIN, "EAGAIN resource temporarily unavailable"),
          Map.entry(ENOMEM, "ENOMEM out of memory"),
          Map.entry(EACCES, "EACCES permission denied"),
          Map.entry(14, "EFAULT bad address"),
          Map.entry(EBUSY, "EBUSY device or resource busy"),
          Map.entry(EEXIST, "EEXIST exists already"),
          Map.entry(18, "EXDEV crosses file systems"),
          Map.entry(ENODEV, "ENODEV no such device"),
          Map.entry(20, "ENOTDIR not a directory"),
          Map.entry(21, "EISDIR is a directory"),
          Map.entry(EINVAL, "EINVAL invalid argument"),
          Map.entry(23, "ENFILE too many open files in the system"),
          Map.entry(24, "EMFILE too many open files in this process"),
          Map.entry(25, "ENOTTY not a terminal, or wrong ioctl"),
          Map.entry(26, "ETXTBSY text file busy"),
          Map.entry(27, "EFBIG file too large"),
          Map.entry(ENOSPC, "ENOSPC no space left, or a limit is reached"),
          Map.entry(EROFS, "EROFS read-only file system"),
          Map.entry(31, "EMLINK too many links"),
          Map.entry(32, "EPIPE broken pipe"),
          Map.entry(34, "ERANGE out of range"),
          Map.entry(36, "ENAMETOOLONG file name too long"),
          Map.entry(ENOSYS, "ENOSYS not in this kernel"),
          Map.entry(39, "ENOTEMPTY directory not empty"),
          Map.entry(40, "ELOOP too many symbolic links"),
          Map.entry(61, "ENODATA no data"),
          Map.entry(71, "EPROTO protocol error"),
          Map.entry(75, "EOVERFLOW value too large"),
          Map.entry(87, "EUSERS too many users (namespace limit)"),
          Map.entry(88, "ENOTSOCK not a socket"),
          Map.entry(89, "EDESTADDRREQ destination address required"),
          Map.entry(90, "EMSGSIZE message too long"),
          Map.entry(92, "ENOPROTOOPT protocol not available"),
          Map.entry(93, "EPROTONOSUPPORT protocol not supported"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP operation not supported"),
          Map.entry(96, "EPFNOSUPPORT protocol family not supported"),
          Map.entry(97, "EAFNOSUPPORT address family not supported"),
          Map.entry(98, "EADDRINUSE address in use"),
          Map.entry(EADDRNOTAVAIL, "EADDRNOTAVAIL cannot assign the address"),
          Map.entry(ENETDOWN, "ENETDOWN network is down"),
          Map.entry(101, "ENETUNREACH network is unreachable"),
          Map.entry(ENOBUFS, "ENOBUFS no buffer space"),
          Map.entry(107, "ENOTCONN not connected"),
          Map.entry(110, "ETIMEDOUT timed out"),
          Map.entry(111, "ECONNREFUSED connection refused"),
          Map.entry(113, "EHOSTUNREACH no route to host"),
          Map.entry(115, "EINPROGRESS in progress"));

  /** The error of this number. */
  public static Errno of(int number) {
    String known = KNOWN.get(number);
    if (known == null) {
      return new Errno(number, "errno " + number, "unnamed error");
    }
    int space = known.indexOf(' ');
    return new Errno(number, known.substring(0, space), known.substring(space + 1));
  }

  @Override
  public String toString() {
    return name + " (" + text + ")";
  }
}
