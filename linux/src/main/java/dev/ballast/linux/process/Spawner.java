package dev.ballast.linux.process;

import static java.util.Objects.requireNonNull;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.thread.CurrentThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs that cannot outlive this spawner, in any namespaces.
 *
 * <p>The kernel kills a child ({@code PR_SET_PDEATHSIG}) when the <em>thread</em> that made it
 * ends, be it by {@code kill -9} of the process, and a stopped child too. So one thread, the
 * spawner's own, makes all children, and lives until {@link #close}. It is {@code setpriv(1)} that
 * asks for the signal in the child, and {@link #start} returns when it has; a parent that died
 * before that is noticed by its changed id. The signal does not reach grandchildren, and is lost
 * when the child executes a set-user-id program or changes its user.
 *
 * <p>Not {@code java.lang.Process}: its reaper collects a child at an instant nobody knows, after
 * which its number may be a stranger's, and it offers no session, signal mask or pidfd.
 *
 * <p>Safe for use by any thread; {@link #start} blocks for the milliseconds of a start.
 */
public final class Spawner implements AutoCloseable {
  private static final int WAITING_STARTS = 256;

  private final BlockingQueue<FutureTask<?>> starts = new ArrayBlockingQueue<>(WAITING_STARTS);
  private final CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
  private final Thread thread;
  private final List<ChildProcess> children = new ArrayList<>(); // Of the thread; then of close().
  private volatile boolean closed;

  private Spawner(ThreadFactory threads) {
    thread = threads.newThread(this::serve);
    thread.setName("spawner");
  }

  /**
   * Opens a spawner.
   *
   * @param threads gives one platform thread, best a daemon, or a task wired to its OS thread, that
   *     nothing has put into namespaces
   * @throws IllegalArgumentException when it gives an ordinary virtual thread: the kernel ties
   *     children to the OS thread
   */
  public static Spawner open(ThreadFactory threads) {
    Spawner spawner = new Spawner(threads);
    spawner.thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          spawner.ready.get();
          return spawner;
        } catch (InterruptedException e) {
          interrupted = true; // The thread answers at once, and it must not be lost.
        } catch (ExecutionException e) {
          throw new IllegalArgumentException(
              "a spawner needs an OS thread of its own: "
                  + requireNonNull(e.getCause()).getMessage(),
              e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Starts a program. When it cannot be executed, the child ends with status 127 (not found) or 126
   * and says so on its standard error.
   *
   * @throws LinuxException when a namespace or file cannot be opened, or no process can be made
   */
  public ChildProcess start(Command command) {
    return run(() -> startHere(command));
  }

  private <T> T run(java.util.concurrent.Callable<T> body) {
    FutureTask<T> task = new FutureTask<>(body);
    boolean interrupted = false;
    try {
      if (closed || !thread.isAlive() || !starts.offer(task)) {
        throw new IllegalStateException(
            closed || !thread.isAlive()
                ? "the spawner is closed"
                : WAITING_STARTS + " starts are waiting already");
      }
      if (closed) {
        task.cancel(false); // close() may have emptied the queue before the offer.
      }
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true; // A child may be on its way; it must not be lost.
        } catch (ExecutionException e) {
          throw rethrow(e);
        } catch (java.util.concurrent.CancellationException e) {
          throw new IllegalStateException("the spawner is closed", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException rethrow(ExecutionException e) {
    return e.getCause() instanceof LinuxException linux
        ? linux
        : new IllegalStateException("cannot start the program", e.getCause());
  }

  private void serve() {
    try {
      CurrentThread.unshareFileSystemState();
      ready.complete(null);
    } catch (RuntimeException e) {
      ready.completeExceptionally(e);
      return;
    }
    while (!closed) {
      try {
        starts.take().run();
      } catch (InterruptedException e) {
        // Only close() interrupts; the loop's condition tells.
      }
    }
    FutureTask<?> late;
    while ((late = starts.poll()) != null) {
      late.cancel(false);
    }
  }

  private ChildProcess startHere(Command command) throws Exception {
    Set<NamespaceKind> changed = EnumSet.noneOf(NamespaceKind.class);
    command.namespaces().forEach(n -> changed.add(n.kind()));
    changed.addAll(command.fresh());
    List<Namespace> home = new ArrayList<>();
    try {
      for (NamespaceKind kind : changed) {
        home.add(Namespace.current(kind));
      }
      home.forEach(Namespace::requireReturn);
      try {
        command.namespaces().forEach(Namespace::enter);
        if (!command.fresh().isEmpty()) {
          Namespace.unshare(command.fresh().toArray(NamespaceKind[]::new));
        }
        if (command.fresh().contains(NamespaceKind.MOUNT)) {
          Mounts.makePrivate(Path.of("/"));
        }
        command.prepare().run();
        ChildProcess child = Spawn.spawn(command, guarded(command));
        children.removeIf(ChildProcess::isCollected);
        children.add(child);
        return child;
      } finally {
        goHome(home);
      }
    } finally {
      home.forEach(Namespace::close);
    }
  }

  // A thread that is lost in someone's namespaces must not start the next child there.
  private void goHome(List<Namespace> home) {
    try {
      home.forEach(Namespace::enter);
    } catch (LinuxException e) {
      closed = true;
      throw e;
    }
  }

  // unshare(1) comes first: changing credentials takes the death signal back.
  private static List<String> guarded(Command command) {
    List<String> words = new ArrayList<>();
    if (command.newUser()) {
      words.addAll(List.of("unshare", "--user", "--map-root-user", "--"));
    }
    words.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--", "/bin/sh", "-c"));
    words.add("test \"$PPID\" = \"$0\" || exit 125; exec " + Spawn.GUARD + ">&-; exec \"$@\"");
    words.add(Long.toString(ProcessHandle.current().pid()));
    words.addAll(command.arguments());
    return words;
  }

  /** Ends the thread, and with it every child that still lives. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    children.forEach(child -> child.signal(Signal.KILL));
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
