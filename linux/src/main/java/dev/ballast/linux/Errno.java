package dev.ballast.linux;

import java.util.Map;

/** Error numbers of the kernel, errno(3), the same on x86-64 and AArch64. */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ENOBUFS = 105;
  public static final int ENETDOWN = 100;
  public static final int ETIMEDOUT = 110;
  public static final int EOPNOTSUPP = 95;

  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM, operation not permitted"),
          Map.entry(ENOENT, "ENOENT, no such file or directory"),
          Map.entry(ESRCH, "ESRCH, no such process"),
          Map.entry(EINTR, "EINTR, interrupted"),
          Map.entry(EBADF, "EBADF, bad file descriptor"),
          Map.entry(EAGAIN, "EAGAIN, try again"),
          Map.entry(ENOMEM, "ENOMEM, out of memory"),
          Map.entry(EACCES, "EACCES, permission denied"),
          Map.entry(EBUSY, "EBUSY, in use"),
          Map.entry(EEXIST, "EEXIST, exists already"),
          Map.entry(ENODEV, "ENODEV, no such device"),
          Map.entry(6, "ENXIO, no such device or address"),
          Map.entry(EINVAL, "EINVAL, invalid argument"),
          Map.entry(20, "ENOTDIR, not a directory"),
          Map.entry(24, "EMFILE, too many open files"),
          Map.entry(ENOSPC, "ENOSPC, no space or limit reached"),
          Map.entry(EROFS, "EROFS, read-only file system"),
          Map.entry(34, "ERANGE, out of range"),
          Map.entry(38, "ENOSYS, the kernel has no such call"),
          Map.entry(87, "EUSERS, too many namespaces"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP, not supported"),
          Map.entry(97, "EAFNOSUPPORT, address family not supported"),
          Map.entry(98, "EADDRINUSE, address in use"),
          Map.entry(99, "EADDRNOTAVAIL, address not available"),
          Map.entry(ENETDOWN, "ENETDOWN, network is down"),
          Map.entry(101, "ENETUNREACH, network unreachable"),
          Map.entry(ENOBUFS, "ENOBUFS, receive buffer overflowed"),
          Map.entry(ETIMEDOUT, "ETIMEDOUT, timed out"));

  private Errno() {}

  /** Symbol and meaning, or the bare number of a rare one. */
  public static String describe(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
