package dev.ballast.linux.process;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.Fd;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One {@code posix_spawn}: a new session, no signal blocked or ignored, no descriptor above 2 but
 * {@value #GUARD}, which whoever guards the program closes before it becomes the program. {@code
 * posix_spawn} and not {@code fork}, after which no Java could run in the child.
 */
final class Spawn {
  private static final Call SPAWNP =
      Call.of(INT, "posix_spawnp", POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
  private static final Call ATTR_INIT = Call.of(INT, "posix_spawnattr_init", POINTER);
  private static final Call ATTR_DESTROY = Call.of(INT, "posix_spawnattr_destroy", POINTER);
  private static final Call ATTR_FLAGS = Call.of(INT, "posix_spawnattr_setflags", POINTER, INT);
  private static final Call ATTR_DEFAULTS =
      Call.of(INT, "posix_spawnattr_setsigdefault", POINTER, POINTER);
  private static final Call ACTIONS_INIT = Call.of(INT, "posix_spawn_file_actions_init", POINTER);
  private static final Call ACTIONS_DESTROY =
      Call.of(INT, "posix_spawn_file_actions_destroy", POINTER);
  private static final Call ADD_DUP2 =
      Call.of(INT, "posix_spawn_file_actions_adddup2", POINTER, INT, INT);
  private static final Call ADD_CHDIR =
      Call.of(INT, "posix_spawn_file_actions_addchdir_np", POINTER, POINTER);
  private static final Call ADD_CLOSE_FROM =
      Call.of(INT, "posix_spawn_file_actions_addclosefrom_np", POINTER, INT);
  private static final Call SIGFILLSET = Call.of(INT, "sigfillset", POINTER);
  private static final Call PIPE2 = Call.of(INT, "pipe2", POINTER, INT);
  private static final Call DUP = Call.variadic(2, INT, "fcntl", INT, INT, INT);
  private static final Call KILL = Call.of(INT, "kill", INT, INT);
  private static final Call WAITPID = Call.of(INT, "waitpid", INT, POINTER, INT);

  private static final int SET_SIGNAL_DEFAULTS = 4;
  private static final int SET_SIGNAL_MASK = 8;
  private static final int SET_SESSION = 0x80;
  private static final int F_DUPFD_CLOEXEC = 1030;
  // glibc's structures have 336, 80 and 128 bytes; musl's are smaller.
  private static final int STRUCT_BYTES = 512;

  /** The number of the pipe that tells when the program is guarded. */
  static final int GUARD = 3;

  /** It takes a few milliseconds, and for ever when somebody else stops the child. */
  private static final Duration GUARDED = Duration.ofSeconds(10);

  private static final Path NULL = Path.of("/dev/null");

  private final List<Fd> childEnds = new ArrayList<>();
  private final List<Fd> parentEnds = new ArrayList<>();
  private OutputStream input = OutputStream.nullOutputStream();

  private Spawn() {}

  static ChildProcess spawn(Command command, List<String> words) {
    return new Spawn().run(command, words, true);
  }

  /** As {@link #spawn} for a program that does not say when it is guarded. */
  static ChildProcess spawnUnguarded(Command command) {
    return new Spawn().run(command, command.arguments(), false);
  }

  private ChildProcess run(Command command, List<String> words, boolean guarded) {
    boolean started = false;
    List<Fd> guard = List.of();
    try {
      prepareInput(command.input());
      InputStream output = prepareOutput(command.output(), 1);
      InputStream error = prepareOutput(command.error(), 2);
      if (guarded) {
        guard = pipe();
        childEnds.add(guard.getLast());
      }
      Pidfd pidfd = start(command, words);
      started = true;
      if (guarded) {
        guard.getLast().close();
        boolean _ = guard.getFirst().awaitReadable(GUARDED);
      }
      return new ChildProcess(pidfd, input, output, error);
    } finally {
      guard.forEach(Fd::close);
      childEnds.forEach(Fd::close);
      if (!started) {
        parentEnds.forEach(Fd::close);
      }
    }
  }

  private void prepareInput(Stdio from) {
    switch (from) {
      case Stdio.Null _ -> childEnds.add(Fd.open(NULL, Fd.O_RDONLY));
      case Stdio.Inherit _ -> childEnds.add(duplicate(0));
      case Stdio.FromFile(Path path) -> childEnds.add(Fd.open(path, Fd.O_RDONLY));
      case Stdio.Pipe _ -> {
        List<Fd> ends = pipe();
        childEnds.add(ends.getFirst());
        parentEnds.add(ends.getLast());
        input = new FdOutputStream(ends.getLast());
      }
      case Stdio.AppendTo _ -> throw new IllegalArgumentException("not an input: " + from);
    }
  }

  private InputStream prepareOutput(Stdio to, int number) {
    switch (to) {
      case Stdio.Null _ -> childEnds.add(Fd.open(NULL, Fd.O_WRONLY));
      case Stdio.Inherit _ -> childEnds.add(duplicate(number));
      case Stdio.AppendTo(Path path) ->
          childEnds.add(Fd.open(path, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND));
      case Stdio.Pipe _ -> {
        List<Fd> ends = pipe();
        childEnds.add(ends.getLast());
        parentEnds.add(ends.getFirst());
        return new FdInputStream(ends.getFirst());
      }
      case Stdio.FromFile _ -> throw new IllegalArgumentException("not an output: " + to);
    }
    return InputStream.nullInputStream();
  }

  // At 3 or above, so that putting one of the three in its place overwrites none of the others.
  private static Fd duplicate(int number) {
    long copy = DUP.apply(number, F_DUPFD_CLOEXEC, 3);
    return Fd.adopt(DUP.check(copy, "fd=" + number), "standard stream " + number);
  }

  private static List<Fd> pipe() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
      PIPE2.check(PIPE2.apply(ends.address(), Fd.O_CLOEXEC));
      return List.of(
          Fd.adopt(ends.getAtIndex(ValueLayout.JAVA_INT, 0), "pipe from child"),
          Fd.adopt(ends.getAtIndex(ValueLayout.JAVA_INT, 1), "pipe to child"));
    }
  }

  private Pidfd start(Command command, List<String> words) {
    try (Arena arena = Arena.ofConfined()) {
      long attributes = arena.allocate(STRUCT_BYTES, 16).address();
      long actions = arena.allocate(STRUCT_BYTES, 16).address();
      must(ATTR_INIT, ATTR_INIT.apply(attributes));
      must(ACTIONS_INIT, ACTIONS_INIT.apply(actions));
      try {
        long signals = arena.allocate(STRUCT_BYTES, 16).address();
        SIGFILLSET.check(SIGFILLSET.apply(signals));
        must(ATTR_DEFAULTS, ATTR_DEFAULTS.apply(attributes, signals));
        // The mask of a fresh attribute is empty: the JVM's threads block signals of their own.
        must(
            ATTR_FLAGS,
            ATTR_FLAGS.apply(attributes, SET_SIGNAL_DEFAULTS | SET_SIGNAL_MASK | SET_SESSION));
        for (int i = 0; i < childEnds.size(); i++) {
          int place = i;
          must(ADD_DUP2, childEnds.get(i).use(n -> ADD_DUP2.apply(actions, n, place)));
        }
        must(ADD_CLOSE_FROM, ADD_CLOSE_FROM.apply(actions, childEnds.size()));
        must(
            ADD_CHDIR,
            ADD_CHDIR.apply(actions, Memory.string(arena, command.directory().toString())));
        MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
        List<String> environment =
            command.environment().entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .sorted()
                .toList();
        long failure =
            SPAWNP.apply(
                pid.address(),
                Memory.string(arena, words.getFirst()),
                actions,
                attributes,
                Memory.strings(arena, words),
                Memory.strings(arena, environment));
        if (failure != 0) {
          throw new LinuxException(
              "posix_spawnp",
              Errno.of((int) failure),
              List.of(words.getFirst(), "directory=" + command.directory()),
              "the directory must exist, and setpriv and unshare (util-linux) be installed");
        }
        return hold(pid.get(ValueLayout.JAVA_INT, 0));
      } finally {
        ATTR_DESTROY.apply(attributes);
        ACTIONS_DESTROY.apply(actions);
      }
    }
  }

  // Ours and not waited for: the number cannot have passed to another process.
  private static Pidfd hold(int pid) {
    try {
      return Pidfd.open(pid)
          .orElseThrow(
              () -> new IllegalStateException("child " + pid + " was collected by others"));
    } catch (LinuxException e) {
      KILL.apply(pid, Signal.KILL.number());
      Call.retry(() -> WAITPID.apply(pid, 0, 0));
      throw e;
    }
  }

  // These functions give the error itself and leave errno alone.
  private static void must(Call call, long failure) {
    if (failure != 0) {
      throw new LinuxException(call.name(), Errno.of((int) failure), List.of());
    }
  }
}
