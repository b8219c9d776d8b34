package dev.ballast.linux.thread;

import static dev.ballast.linux.call.Call.INT;
import static dev.ballast.linux.call.Call.LONG;
import static dev.ballast.linux.call.Call.POINTER;

import dev.ballast.linux.Errno;
import dev.ballast.linux.LinuxException;
import dev.ballast.linux.call.Call;
import dev.ballast.linux.call.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/**
 * What the kernel keeps for the calling OS thread.
 *
 * <p>A virtual thread may ask ({@link #tid}), and gets an answer about the OS thread under it, true
 * for that instant. What changes an OS thread refuses a virtual one, unless a scheduler says with
 * {@link #allowingVirtual} that it has wired the two together.
 */
public final class CurrentThread {
  private static final Call GETTID = Call.of(INT, "gettid");
  private static final Call TGKILL = Call.of(INT, "tgkill", INT, INT, INT);
  private static final Call UNSHARE = Call.of(INT, "unshare", INT);
  private static final Call UMASK = Call.of(INT, "umask", INT);
  private static final Call CHDIR = Call.of(INT, "chdir", POINTER);
  private static final Call SETHOSTNAME = Call.of(INT, "sethostname", POINTER, LONG);
  private static final Call PRCTL = Call.variadic(1, INT, "prctl", INT, LONG, LONG, LONG, LONG);
  private static final Call SCHED_SET = Call.of(INT, "sched_setscheduler", INT, INT, POINTER);
  private static final Call SCHED_GET = Call.of(INT, "sched_getscheduler", INT);
  private static final Call SETPRIORITY = Call.of(INT, "setpriority", INT, INT, INT);
  private static final Call SETAFFINITY = Call.of(INT, "sched_setaffinity", INT, LONG, POINTER);
  private static final Call GETAFFINITY = Call.of(INT, "sched_getaffinity", INT, LONG, POINTER);

  private static final Call SYSCALL = Call.variadic(1, LONG, "syscall", LONG, LONG, LONG, LONG);

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  private static final int SYS_SETRESUID = ARM ? 147 : 117;
  private static final int SYS_SETRESGID = ARM ? 149 : 119;
  private static final int SYS_SETGROUPS = ARM ? 159 : 116;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int HIGHEST_CAPABILITY = 63;
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int CLONE_FS = 0x200;
  private static final int NAME_BYTES = 15;
  private static final int AFFINITY_BYTES = 1024;

  private static final ScopedValue<Boolean> WIRED = ScopedValue.newInstance();

  private CurrentThread() {}

  /** The scheduling classes of sched(7) that this library sets. */
  public enum Scheduling {
    OTHER(0),
    FIFO(1),
    ROUND_ROBIN(2),
    BATCH(3),
    IDLE(5);

    private final int number;

    Scheduling(int number) {
      this.number = number;
    }
  }

  /**
   * Runs a body in which a virtual thread may change its OS thread, for a scheduler that has wired
   * the two: the virtual thread does not leave the OS thread before the body's end.
   */
  public static void allowingVirtual(Runnable body) {
    ScopedValue.where(WIRED, true).run(body);
  }

  /**
   * Refuses a virtual thread.
   *
   * @param purpose what was about to be done, for the message
   */
  public static void requirePlatform(String purpose) {
    if (Thread.currentThread().isVirtual() && !WIRED.isBound()) {
      throw new IllegalStateException(
          "cannot "
              + purpose
              + " on virtual thread "
              + Thread.currentThread()
              + ": its OS thread runs other tasks too; use a platform thread or a task wired to one");
    }
  }

  /** The kernel's id of the OS thread. */
  public static int tid() {
    return (int) GETTID.apply();
  }

  /** Sends a signal to a thread of this process; false when there is no such thread. */
  public static boolean signal(int tid, int signal) {
    int pid = (int) ProcessHandle.current().pid();
    long answer = TGKILL.apply(pid, tid, signal);
    if (answer == -Errno.ESRCH) {
      return false;
    }
    TGKILL.check(answer, "tid=" + tid, "signal=" + signal);
    return true;
  }

  /** Gives the thread a working directory, root and umask of its own (they are process-wide). */
  public static void unshareFileSystemState() {
    requirePlatform("unshare file system state");
    UNSHARE.check(UNSHARE.apply(CLONE_FS), "CLONE_FS");
  }

  /**
   * Sets the umask and gives the old one: of the process, unless {@link #unshareFileSystemState}
   * ran on this thread.
   */
  public static int umask(int mask) {
    requirePlatform("set the umask");
    return (int) UMASK.apply(mask & 0777);
  }

  /**
   * Changes the kernel's working directory: of the process, unless {@link #unshareFileSystemState}
   * ran on this thread. Java resolves relative paths by {@code user.dir}, which stays.
   */
  public static void chdir(Path directory) {
    requirePlatform("change the directory");
    try (Arena arena = Arena.ofConfined()) {
      CHDIR.check(CHDIR.apply(Memory.string(arena, directory.toString())), directory);
    }
  }

  /** Sets the host name of the thread's UTS namespace. */
  public static void hostname(String name) {
    requirePlatform("set the host name");
    try (Arena arena = Arena.ofConfined()) {
      int length = name.getBytes(StandardCharsets.UTF_8).length;
      SETHOSTNAME.check(SETHOSTNAME.apply(Memory.string(arena, name), length), name);
    }
  }

  /** Names the thread for {@code ps} and {@code top}; longer names are cut to 15 bytes. */
  public static void name(String name) {
    requirePlatform("name the OS thread");
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
      MemorySegment text = arena.allocate(NAME_BYTES + 1L);
      MemorySegment.copy(
          bytes, 0, text, ValueLayout.JAVA_BYTE, 0, Math.min(NAME_BYTES, bytes.length));
      prctl(PR_SET_NAME, text.address(), "PR_SET_NAME");
    }
  }

  /** Forbids the thread and what it starts to gain rights by executing a file. For good. */
  public static void forbidNewPrivileges() {
    requirePlatform("forbid new privileges");
    prctl(PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS");
  }

  /**
   * Takes capabilities, by number, from what programs that this thread starts may ever have; the
   * thread itself keeps them. For good. Numbers that this kernel does not know are left out.
   */
  public static void dropFromBoundingSet(BitSet capabilities) {
    requirePlatform("drop capabilities");
    for (int i = capabilities.nextSetBit(0);
        i >= 0 && i <= HIGHEST_CAPABILITY;
        i = capabilities.nextSetBit(i + 1)) {
      long answer = PRCTL.apply(PR_CAPBSET_DROP, i, 0, 0, 0);
      if (answer != -Errno.EINVAL) {
        PRCTL.check(answer, "PR_CAPBSET_DROP", i);
      }
    }
  }

  /**
   * Gives this thread alone another user and groups, for good. The C library's own functions would
   * change the whole process.
   */
  public static void user(int uid, int gid, int... groups) {
    requirePlatform("change the user");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocateFrom(ValueLayout.JAVA_INT, groups);
      SYSCALL.check(
          SYSCALL.apply(SYS_SETGROUPS, groups.length, list.address(), 0),
          "setgroups",
          groups.length);
      SYSCALL.check(SYSCALL.apply(SYS_SETRESGID, gid, gid, gid), "setresgid", gid);
      SYSCALL.check(SYSCALL.apply(SYS_SETRESUID, uid, uid, uid), "setresuid", uid);
    }
  }

  /**
   * Asks for a signal to this process when the thread that started it ends; 0 asks for none. To be
   * followed by a look at the parent's id: it may have died before.
   */
  public static void signalOnParentDeath(int signal) {
    prctl(PR_SET_PDEATHSIG, signal, "PR_SET_PDEATHSIG");
  }

  /**
   * Sets the thread's scheduling class.
   *
   * @param priority 1 to 99 for {@code FIFO} and {@code ROUND_ROBIN} (needs {@code CAP_SYS_NICE} or
   *     {@code RLIMIT_RTPRIO}), else 0
   */
  public static void scheduling(Scheduling policy, int priority) {
    requirePlatform("set scheduling");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment param = arena.allocateFrom(ValueLayout.JAVA_INT, priority);
      SCHED_SET.check(
          SCHED_SET.apply(0, policy.number, param.address()), policy, "priority=" + priority);
    }
  }

  /** The thread's scheduling class. */
  public static Scheduling scheduling() {
    int number = (int) SCHED_GET.check(SCHED_GET.apply(0), "self") & 0xff;
    for (Scheduling policy : Scheduling.values()) {
      if (policy.number == number) {
        return policy;
      }
    }
    throw new LinuxException(
        "sched_getscheduler", Errno.of(Errno.EINVAL), List.of("self"), "policy " + number);
  }

  /** Sets the nice value of the thread, -20 (first) to 19 (last). */
  public static void nice(int value) {
    requirePlatform("set the nice value");
    SETPRIORITY.check(SETPRIORITY.apply(0, tid(), value), "nice=" + value);
  }

  /** Lets the thread run on these processors only. */
  public static void affinity(BitSet processors) {
    requirePlatform("set affinity");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(AFFINITY_BYTES, 8);
      byte[] bytes = processors.toByteArray();
      MemorySegment.copy(bytes, 0, mask, ValueLayout.JAVA_BYTE, 0, bytes.length);
      SETAFFINITY.check(SETAFFINITY.apply(0, AFFINITY_BYTES, mask.address()), processors);
    }
  }

  /** The processors that the thread may run on. */
  public static BitSet affinity() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(AFFINITY_BYTES, 8);
      GETAFFINITY.check(GETAFFINITY.apply(0, AFFINITY_BYTES, mask.address()), "self");
      return BitSet.valueOf(mask.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private static void prctl(int option, long argument, String name) {
    PRCTL.check(PRCTL.apply(option, argument, 0, 0, 0), name, argument);
  }
}
