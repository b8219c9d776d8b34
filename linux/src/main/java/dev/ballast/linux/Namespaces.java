package dev.ballast.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Namespaces of the calling thread, namespaces(7). A namespace belongs to one OS thread, so every
 * method that changes one must run on a platform thread that nobody else uses afterwards; a virtual
 * thread is refused.
 */
public final class Namespaces {
  /** The kinds that are used here. */
  public enum Kind {
    NETWORK("net", 0x4000_0000),
    MOUNT("mnt", 0x0002_0000),
    UTS("uts", 0x0400_0000),
    USER("user", 0x1000_0000);

    private final String file;
    private final int flag;

    Kind(String file, int flag) {
      this.file = file;
      this.flag = flag;
    }

    /** The name under {@code /proc/PID/ns}. */
    public String file() {
      return file;
    }
  }

  private static final Path NAMED = Path.of("/run/netns");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  private Namespaces() {}

  /** Gives the calling thread fresh namespaces of these kinds. */
  public static void unshare(Set<Kind> kinds) throws LinuxException {
    requireOwnThread("unshare");
    int flags = 0;
    for (Kind kind : kinds) {
      flags |= kind.flag;
    }
    Kernel.call("unshare(" + kinds + ")", Kernel.Call.UNSHARE, flags);
  }

  /** Moves the calling thread into the namespace that {@code file} stands for. */
  public static void enter(Path file, Kind kind) throws LinuxException {
    requireOwnThread("setns");
    if (kind == Kind.MOUNT) {
      // A thread that shares its root and directory with others may not change them, setns(2).
      Kernel.call("unshare(CLONE_FS)", Kernel.Call.UNSHARE, CLONE_FS);
    }
    try (FileDescriptor namespace = FileDescriptor.open(file.toString())) {
      Kernel.call("setns(" + file + ")", Kernel.Call.SETNS, namespace.number(), kind.flag);
    }
  }

  /** The identity of a namespace: equal for two threads exactly when they share it. */
  public static String identity(Path file) throws IOException {
    return Files.readSymbolicLink(file).toString();
  }

  /** The calling thread's namespace of this kind. */
  public static Path ofThisThread(Kind kind) {
    return Path.of("/proc/thread-self/ns", kind.file);
  }

  /** A process's namespace of this kind. */
  public static Path ofProcess(long pid, Kind kind) {
    return Path.of("/proc", Long.toString(pid), "ns", kind.file);
  }

  /** Where a named network namespace is, as {@code ip netns} has it. */
  public static Path named(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a name for a namespace: name=" + name);
    }
    return NAMED.resolve(name);
  }

  /** The names that exist. */
  public static List<String> names() throws IOException {
    if (!Files.isDirectory(NAMED)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(NAMED)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  /**
   * Names a network namespace, so that {@code ip netns exec NAME} enters it. The name is in the
   * mount namespace of the calling thread.
   */
  public static void name(Path namespace, String name) throws IOException {
    Path target = named(name);
    shareNamedDirectory();
    Files.createFile(target);
    try {
      Mounts.bind(namespace, target);
    } catch (LinuxException e) {
      Files.deleteIfExists(target);
      throw e;
    }
  }

  /** Takes a name away; the namespace lives on while a process or thread is in it. */
  public static void unname(String name) throws IOException {
    Path target = named(name);
    try {
      Mounts.detach(target);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL && e.errno() != Errno.ENOENT) {
        throw e;
      }
      // A file that is no mount: left behind by a crash between the two steps of name().
    }
    Files.deleteIfExists(target);
  }

  /** Makes names visible in other mount namespaces too, as iproute2 does before its first one. */
  private static void shareNamedDirectory() throws IOException {
    Files.createDirectories(NAMED);
    try {
      Mounts.propagate(NAMED, Mounts.Propagation.SHARED);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      Mounts.bind(NAMED, NAMED);
      Mounts.propagate(NAMED, Mounts.Propagation.SHARED);
    }
  }

  /** The calling thread's host name, in its UTS namespace. */
  public static void hostName(String name) throws LinuxException {
    requireOwnThread("sethostname");
    try (Arena arena = Arena.ofConfined()) {
      Kernel.call(
          "sethostname(" + name + ")",
          Kernel.Call.SETHOSTNAME,
          arena.allocateFrom(name).address(),
          name.length());
    }
  }

  /** All kinds that a host of its own needs. */
  public static Set<Kind> host() {
    return EnumSet.of(Kind.NETWORK, Kind.MOUNT, Kind.UTS);
  }

  private static void requireOwnThread(String call) {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          call + " on a virtual thread would change whichever carrier it is on; use an OS thread");
    }
  }

  static final int CLONE_FS = 0x200;
}
