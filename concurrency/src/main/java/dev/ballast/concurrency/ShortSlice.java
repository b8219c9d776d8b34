package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A short slice of the processor for the calling OS thread, so that it gets one soon after it was
 * woken although all are busy: Linux 6.12's custom slices, {@code sched_setattr(2)}. It costs
 * nobody anything as long as the thread runs little. Older kernels refuse or ignore it.
 */
final class ShortSlice {
  /** The shortest that the kernel takes. */
  private static final long SLICE = TimeUnit.MICROSECONDS.toNanos(100);

  // struct sched_attr of linux/sched/types.h.
  private static final int ATTR_BYTES = 48;
  private static final int POLICY = 4;
  private static final int RUNTIME = 24;
  private static final int SCHED_OTHER = 0;

  /** The numbers of the system calls, which glibc has no names for. */
  private record Numbers(long setAttributes, long getAttributes) {
    static Optional<Numbers> here() {
      return switch (System.getProperty("os.arch")) {
        case "amd64" -> Optional.of(new Numbers(314, 315));
        case "aarch64", "riscv64" -> Optional.of(new Numbers(274, 275));
        case null, default -> Optional.empty();
      };
    }
  }

  private ShortSlice() {}

  /** Asks for it; false if this kernel, or the thread's policy, has it not. */
  static boolean take() {
    return Numbers.here().map(ShortSlice::take).orElse(false);
  }

  @SuppressWarnings("restricted") // a system call
  private static boolean take(Numbers numbers) {
    Linker linker = Linker.nativeLinker();
    MethodHandle syscall =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ATTR_BYTES, Long.BYTES);
      long got =
          (long)
              syscall.invokeExact(
                  numbers.getAttributes(), 0L, attributes.address(), (long) ATTR_BYTES, 0L);
      if (got != 0 || attributes.get(JAVA_INT, POLICY) != SCHED_OTHER) {
        return false;
      }
      attributes.set(JAVA_LONG, RUNTIME, SLICE);
      return (long) syscall.invokeExact(numbers.setAttributes(), 0L, attributes.address(), 0L, 0L)
          == 0;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
