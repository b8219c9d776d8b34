package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** Foreign code for tests: some that calls back, and some that waits in the kernel. */
@SuppressWarnings("restricted") // foreign code is what is tested
final class Foreign {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle QSORT =
      function("qsort", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
  private static final MethodHandle PIPE =
      function("pipe", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  private Foreign() {}

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
  }

  /** Runs the body in a call from foreign code, so that the caller cannot leave its OS thread. */
  static void upcall(Runnable body) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle target =
          MethodHandles.dropArguments(
              MethodHandles.lookup()
                  .findStatic(
                      Foreign.class, "run", MethodType.methodType(int.class, Runnable.class))
                  .bindTo(body),
              0,
              MemorySegment.class,
              MemorySegment.class);
      MemorySegment stub =
          LINKER.upcallStub(target, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS), arena);
      QSORT.invokeExact(arena.allocate(JAVA_INT, 2), 2L, 4L, stub);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static int run(Runnable body) {
    body.run();
    return 0;
  }

  /** A pipe of the kernel's. */
  record Pipe(int from, int to) {
    static Pipe open() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment ends = arena.allocate(JAVA_INT, 2);
        if ((int) PIPE.invokeExact(ends) != 0) {
          throw new IllegalStateException("no pipe");
        }
        return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    /** Waits in foreign code until something was written. */
    void read() {
      transfer(READ, from);
    }

    void write() {
      transfer(WRITE, to);
    }

    private static void transfer(MethodHandle function, int end) {
      try (Arena arena = Arena.ofConfined()) {
        if ((long) function.invokeExact(end, arena.allocate(JAVA_BYTE), 1L) != 1) {
          throw new IllegalStateException("the pipe is broken");
        }
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
