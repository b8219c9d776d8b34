package dev.ballast.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * System calls by number, through syscall(2): one foreign call for all of them, with errno captured
 * before the JVM can overwrite it. Arguments are passed as 64-bit words, addresses among them.
 */
@SuppressWarnings("restricted") // foreign calls are what this class is for
final class Kernel {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().find("syscall").orElseThrow(),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  /** The calls used here, with their numbers on the two processors that are supported. */
  enum Call {
    READ(0, 63),
    WRITE(1, 64),
    CLOSE(3, 57),
    SOCKET(41, 198),
    SENDTO(44, 206),
    RECVFROM(45, 207),
    RECVMSG(47, 212),
    BIND(49, 200),
    GETSOCKNAME(51, 204),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    KILL(62, 129),
    FCNTL(72, 25),
    FLOCK(73, 32),
    CHDIR(80, 49),
    UMASK(95, 166),
    PRCTL(157, 167),
    MOUNT(165, 40),
    UMOUNT2(166, 39),
    SETHOSTNAME(170, 161),
    GETTID(186, 178),
    TGKILL(234, 131),
    OPENAT(257, 56),
    PPOLL(271, 73),
    UNSHARE(272, 97),
    EVENTFD2(290, 19),
    SETNS(308, 268),
    RENAMEAT2(316, 276),
    PIDFD_SEND_SIGNAL(424, 424),
    PIDFD_OPEN(434, 434);

    private final int onX86;
    private final int onArm;

    Call(int onX86, int onArm) {
      this.onX86 = onX86;
      this.onArm = onArm;
    }

    private long number() {
      return ARM ? onArm : onX86;
    }
  }

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  private Kernel() {}

  /** The result, or minus the error number. */
  static long raw(Call call, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment captured = arena.allocate(CAPTURED);
      long result =
          (long)
              SYSCALL.invokeExact(
                  captured,
                  call.number(),
                  at(arguments, 0),
                  at(arguments, 1),
                  at(arguments, 2),
                  at(arguments, 3),
                  at(arguments, 4),
                  at(arguments, 5));
      return result == -1 ? -(int) ERRNO.get(captured, 0L) : result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** The result; repeats a call that a signal interrupted. */
  static long call(String what, Call call, long... arguments) throws LinuxException {
    while (true) {
      long result = raw(call, arguments);
      if (result >= 0) {
        return result;
      }
      if (result != -Errno.EINTR) {
        throw new LinuxException(what, (int) -result);
      }
    }
  }

  private static long at(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }
}
