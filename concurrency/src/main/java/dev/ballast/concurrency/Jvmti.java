package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Stops a task wherever it computes, by the JVM's tool interface: the last resort for loops without
 * checkpoints (the asynchronous safe point of Go's {@code suspendG}). All of it happens on one
 * thread of its own, which no task can stop.
 *
 * <p>The first use makes every switch of virtual threads in the process dearer by some 0.1 to 0.2
 * µs, for ever; so the environment is made then, not before. It cannot be had under a debugger,
 * since one environment only may suspend.
 */
final class Jvmti {
  private static final int JNI_VERSION = 0x00150000;
  private static final int JVMTI_VERSION = 0x30150000;

  // Places in the tables of functions: jni.h, and jvmti.h, which counts from 1.
  private static final int GET_ENV = 6;
  private static final int JNI_FIND_CLASS = 6;
  private static final int JNI_NEW_GLOBAL = 21;
  private static final int JNI_DELETE_GLOBAL = 22;
  private static final int JNI_OBJECT_CLASS = 31;
  private static final int JNI_FIELD_ID = 94;
  private static final int JNI_OBJECT_FIELD = 95;
  private static final int JNI_STATIC_METHOD_ID = 113;
  private static final int JNI_CALL_STATIC_OBJECT = 116;
  private static final int SUSPEND = 5 - 1;
  private static final int RESUME = 6 - 1;
  private static final int ADD_CAPABILITIES = 142 - 1;

  // Bits of jvmtiCapabilities.
  private static final long CAN_SUSPEND = 1L << 20;
  private static final long CAN_SUPPORT_VIRTUAL_THREADS = 1L << 44;
  private static final int CAPABILITIES_BYTES = 16;

  /** More requests than this wait for nobody: each task has one at most. */
  private static final int MOST_WAITING = 1 << 16;

  private static final LinkedBlockingQueue<Request> REQUESTS =
      new LinkedBlockingQueue<>(MOST_WAITING);

  /** Why it does not work, once that is known. */
  private static volatile @Nullable String failure = checkAccess();

  private static @Nullable Agent agent;

  private Jvmti() {}

  private record Request(Task task, boolean stop) {}

  private static @Nullable String checkAccess() {
    return Jvmti.class.getModule().isNativeAccessEnabled()
        ? null
        : "the JVM was started without --enable-native-access=ALL-UNNAMED";
  }

  /** Why it cannot stop tasks here; empty if it can, as far as is known. */
  static Optional<String> unavailable() {
    return Optional.ofNullable(failure);
  }

  /** Has a running task stopped; it is when {@link Task#isStopped} says so, soon or never. */
  static void stop(Task task) {
    ask(new Request(task, true));
  }

  /**
   * Takes one hold away from a task that was stopped here, and lets it run on if it was the last.
   */
  static void release(Task task) {
    ask(new Request(task, false));
  }

  private static synchronized void ask(Request request) {
    if (agent == null) {
      Agent started = new Agent();
      agent = started;
      TemplateThread.start(started::start);
    }
    // More than there are tasks in any sensible process; who asked asks again.
    boolean _ = REQUESTS.offer(request);
  }

  /**
   * The thread that speaks to the JVM. A Java object is handed over in its own field, which native
   * functions can read.
   */
  private static final class Agent extends Thread {
    @SuppressWarnings("UnusedVariable") // read through JNI
    @Nullable Thread target;

    private @Nullable Functions functions;

    Agent() {
      super("ballast-suspender");
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        try {
          handle(REQUESTS.take());
        } catch (InterruptedException e) {
          // Nobody's to interrupt.
        } catch (RuntimeException e) {
          failure = "the JVM's tool interface failed: " + e.getMessage();
        }
      }
    }

    private void handle(Request request) {
      Functions known = functions;
      if (known == null) {
        if (failure != null) {
          return;
        }
        known = Functions.find();
        functions = known;
      }
      target = request.task().thread();
      long thread = known.target();
      try {
        if (request.stop()) {
          stop(known, request.task(), thread);
        } else if (request.task().releaseStopped()) {
          known.resume(thread);
        }
      } finally {
        known.delete(thread);
        target = null;
      }
    }

    private static void stop(Functions functions, Task task, long thread) {
      if (!task.isToStop() || !functions.suspend(thread)) {
        return;
      }
      // One that is between carriers would stop the carrier that takes it up.
      JdkInternals jdk = JdkInternals.get();
      if (!jdk.isMounted(task.thread())
          || !SafePoint.isSafe(jdk.mountedFrames(task.thread()))
          || !task.markStopped()) {
        functions.resume(thread);
      }
    }
  }

  /**
   * The JVM's functions, for the agent only. References are numbers here. One that a function gives
   * is good until the next Java method that is native ends, so it is made a global one at once.
   *
   * @param jni the agent's JNIEnv
   * @param self a global reference to the agent
   */
  private record Functions(long jni, long jvmti, long self, long targetField) {
    private static final Linker LINKER = Linker.nativeLinker();

    /** A function of up to five numbers; C lets it have fewer. */
    @SuppressWarnings("restricted") // who calls what is in this file only
    private static final MethodHandle CALL =
        LINKER.downcallHandle(
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    static Functions find() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment out = arena.allocate(JAVA_LONG);
        long vm = vm(out);
        long jni = env(vm, out, JNI_VERSION);
        long jvmti = env(vm, out, JVMTI_VERSION);
        MemorySegment wanted = arena.allocate(CAPABILITIES_BYTES, Long.BYTES);
        wanted.set(JAVA_LONG, 0, CAN_SUSPEND | CAN_SUPPORT_VIRTUAL_THREADS);
        check("AddCapabilities", call(jvmti, ADD_CAPABILITIES, wanted.address(), 0, 0));
        // Runs the code of hold once with nothing, so that nothing is loaded in it later.
        long nothing = hold(jni, JNI_NEW_GLOBAL, 0, 0, 0);
        long type = hold(jni, JNI_FIND_CLASS, text(arena, "java/lang/Thread"), 0, 0);
        long method =
            call(
                jni,
                JNI_STATIC_METHOD_ID,
                type,
                text(arena, "currentThread"),
                text(arena, "()Ljava/lang/Thread;"));
        long self = hold(jni, JNI_CALL_STATIC_OBJECT, type, method, 0);
        long own = hold(jni, JNI_OBJECT_CLASS, self, 0, 0);
        long field =
            call(jni, JNI_FIELD_ID, own, text(arena, "target"), text(arena, "Ljava/lang/Thread;"));
        if (nothing != 0 || type == 0 || method == 0 || self == 0 || own == 0 || field == 0) {
          throw new IllegalStateException("java.lang.Thread.currentThread is not to be had");
        }
        return new Functions(jni, jvmti, self, field);
      }
    }

    private static long text(Arena arena, String text) {
      return arena.allocateFrom(text).address();
    }

    @SuppressWarnings("restricted")
    private static long vm(MemorySegment out) {
      Path library = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
      MemorySegment created =
          SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow("JNI_GetCreatedJavaVMs");
      check("JNI_GetCreatedJavaVMs", invoke(created, out.address(), 1, 0, 0, 0));
      return out.get(JAVA_LONG, 0);
    }

    private static long env(long vm, MemorySegment out, int version) {
      check("GetEnv", call(vm, GET_ENV, out.address(), version, 0));
      return out.get(JAVA_LONG, 0);
    }

    /** A function of an object that begins with a pointer to its table of functions. */
    private static long call(long object, int place, long a, long b, long c) {
      return invoke(function(object, place), object, a, b, c, 0);
    }

    /** What a function refers to, by a global reference. */
    private static long hold(long jni, int place, long a, long b, long c) {
      MemorySegment function = function(jni, place);
      MemorySegment newGlobal = function(jni, JNI_NEW_GLOBAL);
      try {
        // Nothing native may come between these two.
        long local = (long) CALL.invokeExact(function, jni, a, b, c, 0L);
        return (long) CALL.invokeExact(newGlobal, jni, local, 0L, 0L, 0L);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    @SuppressWarnings("restricted") // the tables are as long as their headers say
    private static MemorySegment function(long object, int place) {
      long size = ADDRESS.byteSize();
      MemorySegment table =
          MemorySegment.ofAddress(object)
              .reinterpret(size)
              .get(ADDRESS, 0)
              .reinterpret(size * (place + 1));
      return table.get(ADDRESS, size * place);
    }

    private static long invoke(MemorySegment function, long a, long b, long c, long d, long e) {
      try {
        return (long) CALL.invokeExact(function, a, b, c, d, e);
      } catch (Throwable problem) {
        throw new IllegalStateException(problem);
      }
    }

    /** A global reference to the agent's target. */
    long target() {
      long target = hold(jni, JNI_OBJECT_FIELD, self, targetField, 0);
      if (target == 0) {
        throw new IllegalStateException("no reference to the task's thread is to be had");
      }
      return target;
    }

    boolean suspend(long thread) {
      return (int) call(jvmti, SUSPEND, thread, 0, 0) == 0;
    }

    void resume(long thread) {
      check("ResumeThread", call(jvmti, RESUME, thread, 0, 0));
    }

    void delete(long global) {
      long unused = call(jni, JNI_DELETE_GLOBAL, global, 0, 0);
    }

    private static void check(String what, long code) {
      // The upper half of what a function of 32 bits gives means nothing.
      if ((int) code != 0) {
        throw new IllegalStateException(
            what
                + " gave error "
                + (int) code
                + ((int) code == 98 ? " (is a debugger there?)" : ""));
      }
    }
  }
}
