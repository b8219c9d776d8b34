package dev.ballast.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What the kernel keeps for each OS thread and a careless one leaves behind: namespaces,
 * directories, umask, capabilities, blocked signals. Read from {@code /proc}.
 *
 * @param tid the thread's number
 * @param namespaces identity by file name under {@code ns}
 * @param directory the working directory
 * @param root the root directory
 * @param status the lines of {@code status} that a thread has of its own
 */
public record ThreadState(
    long tid,
    Map<String, String> namespaces,
    String directory,
    String root,
    Map<String, String> status) {
  private static final List<String> OWN =
      List.of("Umask", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "SigBlk");

  /** The number of the calling OS thread, gettid(2). On a virtual thread: that of its carrier. */
  public static long ofThisThread() {
    return Kernel.raw(Kernel.Call.GETTID);
  }

  /** The state of one thread of this process; NoSuchFileException when it has ended. */
  public static ThreadState of(long tid) throws IOException {
    Path thread = Path.of("/proc/self/task", Long.toString(tid));
    Map<String, String> namespaces = new TreeMap<>();
    for (String kind : List.of("net", "mnt", "uts", "ipc", "user", "cgroup")) {
      namespaces.put(kind, Namespaces.identity(thread.resolve("ns").resolve(kind)));
    }
    Map<String, String> status = new LinkedHashMap<>();
    for (String line : Files.readAllLines(thread.resolve("status"))) {
      int colon = line.indexOf(':');
      if (colon > 0 && OWN.contains(line.substring(0, colon))) {
        status.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new ThreadState(
        tid,
        namespaces,
        Files.readSymbolicLink(thread.resolve("cwd")).toString(),
        Files.readSymbolicLink(thread.resolve("root")).toString(),
        status);
  }

  /** In what this thread differs from another, as sentences; empty when in nothing. */
  public List<String> differencesFrom(ThreadState other) {
    Map<String, String> mine = flat();
    Map<String, String> theirs = other.flat();
    return mine.keySet().stream()
        .filter(key -> !Objects.equals(mine.get(key), theirs.get(key)))
        .map(key -> key + " is " + mine.get(key) + ", not " + theirs.get(key))
        .toList();
  }

  private Map<String, String> flat() {
    Map<String, String> all = new LinkedHashMap<>(status);
    namespaces.forEach((kind, identity) -> all.put("namespace " + kind, identity));
    all.put("working directory", directory);
    all.put("root directory", root);
    return all;
  }

  /** Gives the calling OS thread a working directory, root and umask of its own, CLONE_FS. */
  public static void unshareDirectories() throws LinuxException {
    Kernel.call("unshare(CLONE_FS)", Kernel.Call.UNSHARE, Namespaces.CLONE_FS);
  }

  /** Changes the working directory of the calling OS thread and of those that share it. */
  public static void changeDirectory(Path directory) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Kernel.call(
          "chdir(" + directory + ")",
          Kernel.Call.CHDIR,
          arena.allocateFrom(directory.toString()).address());
    }
  }

  /** Sets the umask of the calling OS thread and of those that share it; gives the old one. */
  public static int umask(int mask) {
    return (int) Kernel.raw(Kernel.Call.UMASK, mask);
  }
}
