package dev.ballast.linux.namespace;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * A kernel namespace, held by a descriptor: it lives at least as long as this is open.
 *
 * <p>{@link #enter} and {@link #unshare} change the calling OS thread and nothing else. They refuse
 * a virtual thread, whose OS thread belongs to others. Threads and processes that are started from
 * the thread later inherit its namespaces, so an entered thread should be one's own, to its end.
 */
public final class Namespace implements AutoCloseable {
  private static final Call SETNS = Call.of(INT, "setns", INT, INT);
  private static final Call UNSHARE = Call.of(INT, "unshare", INT);
  private static final Call IOCTL = Call.variadic(2, INT, "ioctl", INT, LONG, LONG);
  private static final int NS_GET_NSTYPE = 0xb703;
  private static final int CLONE_FS = 0x200;

  private final NamespaceKind kind;
  private final NamespaceId id;
  private final Fd fd;

  private Namespace(NamespaceKind kind, Fd fd) {
    this.kind = kind;
    this.fd = fd;
    this.id = new NamespaceId(kind, fd.use(n -> inode("/proc/thread-self/fd/" + n)));
    long found = fd.use(n -> IOCTL.apply(n, NS_GET_NSTYPE, 0));
    if (found != kind.flag()) {
      throw new IllegalArgumentException(fd.what() + " is no namespace of kind " + kind);
    }
  }

  private static long inode(String path) {
    try {
      return (long) Files.getAttribute(Path.of(path), "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at " + path + ": " + e, e);
    }
  }

  /** Opens by path: {@code /run/netns/NAME}, {@code /proc/PID/ns/net}. */
  public static Namespace open(NamespaceKind kind, Path path) {
    Fd fd = Fd.open(path, Fd.O_RDONLY);
    try {
      return new Namespace(kind, fd);
    } catch (RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /** That of a process. */
  public static Namespace ofProcess(NamespaceKind kind, long pid) {
    return open(kind, Path.of("/proc/" + pid + "/ns/" + kind.file()));
  }

  /** The calling thread's. */
  public static Namespace current(NamespaceKind kind) {
    return open(kind, Path.of("/proc/thread-self/ns/" + kind.file()));
  }

  /** Which one the calling thread is in; opens nothing. */
  public static NamespaceId currentId(NamespaceKind kind) {
    return NamespaceId.parse(kind, readLink(Path.of("/proc/thread-self/ns/" + kind.file())));
  }

  /** Which one a thread of this or another process is in. */
  public static NamespaceId idOf(NamespaceKind kind, long pid) {
    return NamespaceId.parse(kind, readLink(Path.of("/proc/" + pid + "/ns/" + kind.file())));
  }

  private static String readLink(Path path) {
    try {
      return Files.readSymbolicLink(path).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e, e);
    }
  }

  public NamespaceKind kind() {
    return kind;
  }

  public NamespaceId id() {
    return id;
  }

  /**
   * Puts the calling OS thread into this namespace.
   *
   * <p>A mount namespace needs file system state of the thread's own, so {@code CLONE_FS} is
   * unshared first; root and working directory become those of the namespace.
   *
   * @throws IllegalStateException on a virtual thread
   * @throws LinuxException {@code EPERM} without {@code CAP_SYS_ADMIN}; {@code EINVAL} for a user
   *     namespace, which a process of several threads cannot enter
   */
  public void enter() {
    CurrentThread.requirePlatform("enter " + id);
    if (kind == NamespaceKind.MOUNT) {
      UNSHARE.check(UNSHARE.apply(CLONE_FS), "CLONE_FS");
    }
    SETNS.check(fd.use(n -> SETNS.apply(n, kind.flag())), fd.what(), id);
  }

  /**
   * Makes sure that the calling OS thread, which is in this namespace, can come back once it has
   * left. Under a user namespace it cannot come back to what belongs to another.
   *
   * @throws LinuxException {@code EPERM} when it cannot; nothing has changed then
   */
  public void requireReturn() {
    // Entering where one is asks for the same rights as coming back.
    long answer = fd.use(n -> SETNS.apply(n, kind.flag()));
    if (answer < 0) {
      throw new LinuxException(
          "setns",
          Errno.of((int) -answer),
          List.of(id),
          "a thread that left this namespace could not come back; run as root, or start the"
              + " program with `unshare --user --map-root-user --mount --net --uts`");
    }
  }

  /**
   * Gives the calling OS thread new namespaces of these kinds, instead of those it shares.
   *
   * @throws IllegalStateException on a virtual thread
   * @throws LinuxException {@code EPERM} without {@code CAP_SYS_ADMIN}; {@code ENOSPC} at the limit
   *     of {@code user.max_*_namespaces}
   */
  public static void unshare(NamespaceKind... kinds) {
    CurrentThread.requirePlatform("unshare");
    int flags = 0;
    for (NamespaceKind kind : kinds) {
      flags |= kind.flag() | (kind == NamespaceKind.MOUNT ? CLONE_FS : 0);
    }
    UNSHARE.check(UNSHARE.apply(flags), (Object[]) kinds);
  }

  /**
   * Lends the descriptor's number to a request that names the namespace by it. It stays open until
   * the body returns.
   */
  public void withDescriptor(IntConsumer body) {
    fd.use(n -> {
      body.accept((int) n);
      return 0;
    });
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return id + " at " + fd.what();
  }
}
