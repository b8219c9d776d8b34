package dev.ballast.linux.thread;

import dev.ballast.linux.namespace.NamespaceId;
import dev.ballast.linux.namespace.NamespaceKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code /proc} says of one OS thread: all that a task could have changed and that a thread
 * started from it would inherit. Two threads with equal {@link #inherited} are alike in it.
 *
 * @param tid the kernel's id
 * @param name as {@code ps} shows it
 * @param inherited what a new thread copies from the one that starts it
 */
public record ThreadFacts(int tid, String name, Inherited inherited) {

  /**
   * State that passes from thread to thread.
   *
   * @param namespaces by kind, those the kernel has
   * @param workingDirectory the kernel's, not Java's
   * @param root the thread's root directory
   * @param umask in the octal digits of {@code /proc}
   * @param inheritable capability mask {@code CapInh}
   * @param permitted capability mask {@code CapPrm}
   * @param effective capability mask {@code CapEff}
   * @param ambient capability mask {@code CapAmb}
   * @param noNewPrivileges whether executing a file can gain nothing
   * @param blockedSignals mask {@code SigBlk}, bit 0 = signal 1
   */
  public record Inherited(
      Map<NamespaceKind, NamespaceId> namespaces,
      String workingDirectory,
      String root,
      String umask,
      long inheritable,
      long permitted,
      long effective,
      long ambient,
      boolean noNewPrivileges,
      long blockedSignals) {
    public Inherited {
      namespaces = Map.copyOf(namespaces);
    }
  }

  /** Reads a thread of this process; empty when it has ended. */
  public static Optional<ThreadFacts> of(int tid) {
    return read(Path.of("/proc/self/task/" + tid), tid);
  }

  /** Reads the calling OS thread. */
  public static ThreadFacts current() {
    int tid = CurrentThread.tid();
    return of(tid).orElseThrow(() -> new IllegalStateException("no /proc/self/task/" + tid));
  }

  private static Optional<ThreadFacts> read(Path task, int tid) {
    try {
      Map<String, String> status = status(task.resolve("status"));
      Map<NamespaceKind, NamespaceId> namespaces = new EnumMap<>(NamespaceKind.class);
      for (NamespaceKind kind : NamespaceKind.values()) {
        Path link = task.resolve("ns").resolve(kind.file());
        if (Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
          namespaces.put(kind, NamespaceId.parse(kind, Files.readSymbolicLink(link).toString()));
        }
      }
      Inherited inherited =
          new Inherited(
              namespaces,
              Files.readSymbolicLink(task.resolve("cwd")).toString(),
              Files.readSymbolicLink(task.resolve("root")).toString(),
              status.getOrDefault("Umask", ""),
              mask(status, "CapInh"),
              mask(status, "CapPrm"),
              mask(status, "CapEff"),
              mask(status, "CapAmb"),
              "1".equals(status.get("NoNewPrivs")),
              mask(status, "SigBlk"));
      return Optional.of(new ThreadFacts(tid, status.getOrDefault("Name", ""), inherited));
    } catch (IOException e) {
      // Ended, or ending: its links are gone before its directory is.
      return Optional.empty();
    }
  }

  private static Map<String, String> status(Path file) throws IOException {
    Map<String, String> fields = new HashMap<>();
    // A thread's name may hold any bytes.
    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  private static long mask(Map<String, String> status, String field) {
    return Long.parseUnsignedLong(status.getOrDefault(field, "0"), 16);
  }
}
