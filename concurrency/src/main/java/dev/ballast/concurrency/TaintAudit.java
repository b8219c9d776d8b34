package dev.ballast.concurrency;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Names the OS threads of this process that are not as the template thread is: in another
 * namespace, directory or root, with another umask, capabilities, blocked signals, scheduling or
 * set of CPUs. A task that is locked to its thread may have changed it, and every OS thread that
 * something starts there is born the same. Reads {@code /proc} (proc_pid_status(5)), so Linux only.
 */
public final class TaintAudit {
  private static final Path TASKS = Path.of("/proc/self/task");

  /** The lines of {@code status} that a new thread copies from the one that starts it. */
  private static final List<String> STATUS =
      List.of(
          "Uid",
          "Gid",
          "Groups",
          "Umask",
          "SigBlk",
          "CapInh",
          "CapPrm",
          "CapEff",
          "CapBnd",
          "CapAmb",
          "NoNewPrivs",
          "Seccomp",
          "Cpus_allowed",
          "Mems_allowed");

  // Fields of stat after the name in parentheses, counted from 0.
  private static final int NICE = 16;
  private static final int POLICY = 38;

  private static final int LOOKS = 3;
  private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(100);

  private static final long QUIT = 1L << (3 - 1);

  private static final Map<Integer, String> EXPECTED = new ConcurrentHashMap<>();

  private TaintAudit() {}

  /**
   * A thread that differs.
   *
   * @param tid the kernel's number
   * @param name the first 15 bytes of its name
   * @param differences by what differs: "the thread's, not the template's"
   * @param expected why it was changed on purpose, if somebody said so by {@link OsThread#taint}
   */
  public record Tainted(
      int tid, String name, Map<String, String> differences, Optional<String> expected) {
    /** Takes what it is made of. */
    public Tainted {
      differences = Map.copyOf(differences);
    }

    @Override
    public String toString() {
      return "thread %d \"%s\"%s: %s"
          .formatted(
              tid,
              name,
              expected.map(why -> " (" + why + ")").orElse(""),
              new TreeMap<>(differences));
    }
  }

  /** Remembers that a thread is to differ. */
  static void expect(int tid, String reason) {
    EXPECTED.put(tid, reason);
  }

  /**
   * Looks at all threads of the process once, in the order of their numbers.
   *
   * @return none if all are clean
   * @throws UnsupportedRuntimeException where there is no {@code /proc}
   */
  public static List<Tainted> scan() {
    int template = TemplateThread.tid();
    if (template == 0) {
      throw new UnsupportedRuntimeException(
          "threads cannot be compared without /proc", "run on Linux with /proc mounted");
    }
    Map<String, String> clean = cleanState(template);
    List<Tainted> tainted = new ArrayList<>();
    List<Integer> all = threads();
    EXPECTED.keySet().retainAll(all);
    for (int tid : all) {
      lastingDifferences(tid, clean)
          .filter(differences -> !differences.isEmpty())
          .ifPresent(differences ->
              tainted.add(
                  new Tainted(
                      tid, name(tid), differences, Optional.ofNullable(EXPECTED.get(tid)))));
    }
    return List.copyOf(tainted);
  }

  /** What the template thread is like while it waits and starts nothing. */
  private static Map<String, String> cleanState(int template) {
    FutureTask<Map<String, String>> own =
        new FutureTask<>(() -> state(TASKS.resolve(Integer.toString(template))).orElseThrow());
    TemplateThread.start(own);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return own.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException("cannot read the state of a clean thread", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A thread that starts another blocks all signals for a moment, so one look is not enough. */
  private static Optional<Map<String, String>> lastingDifferences(
      int tid, Map<String, String> clean) {
    Path task = TASKS.resolve(Integer.toString(tid));
    Optional<Map<String, String>> lasting = Optional.empty();
    for (int i = 0; i < LOOKS; i++) {
      Optional<Map<String, String>> now = state(task).map(own -> differences(own, clean));
      if (now.isEmpty() || now.get().isEmpty()) {
        return now;
      }
      now.get().keySet().retainAll(lasting.orElse(now.get()).keySet());
      lasting = now;
      LockSupport.parkNanos(PAUSE);
    }
    return lasting;
  }

  private static Map<String, String> differences(
      Map<String, String> own, Map<String, String> clean) {
    Map<String, String> differences = new TreeMap<>();
    own.forEach((what, value) -> {
      String other = clean.getOrDefault(what, "");
      if (!value.equals(other)) {
        differences.put(what, "%s, not %s".formatted(value, other));
      }
    });
    return differences;
  }

  private static List<Integer> threads() {
    List<Integer> all = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      tasks.forEach(task -> all.add(Integer.parseInt(task.getFileName().toString())));
    } catch (IOException e) {
      throw new UncheckedIOException("listing the threads of this process", e);
    }
    all.sort(Comparator.naturalOrder());
    return all;
  }

  private static String name(int tid) {
    try {
      return Files.readString(TASKS.resolve(tid + "/comm")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  /** The JVM blocks SIGQUIT, which asks for a dump, in all threads but one. */
  private static String withoutQuit(String mask) {
    return "%016x".formatted(Long.parseUnsignedLong(mask, 16) & ~QUIT);
  }

  /** Empty when the thread has ended. */
  private static Optional<Map<String, String>> state(Path task) {
    Map<String, String> state = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(task.resolve("status"))) {
        int colon = line.indexOf(':');
        if (colon > 0 && STATUS.contains(line.substring(0, colon))) {
          String name = line.substring(0, colon);
          String value = line.substring(colon + 1).strip();
          state.put(name, name.equals("SigBlk") ? withoutQuit(value) : value);
        }
      }
      String stat = Files.readString(task.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      state.put("nice", fields[NICE]);
      state.put("policy", fields[POLICY]);
      for (String link : List.of("cwd", "root")) {
        state.put(link, Files.readSymbolicLink(task.resolve(link)).toString());
      }
      try (DirectoryStream<Path> namespaces = Files.newDirectoryStream(task.resolve("ns"))) {
        for (Path namespace : namespaces) {
          state.put("ns/" + namespace.getFileName(), Files.readSymbolicLink(namespace).toString());
        }
      }
      return Optional.of(state);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (!Files.exists(task)) {
        return Optional.empty();
      }
      throw new UncheckedIOException("reading what the kernel says of " + task, e);
    }
  }
}
