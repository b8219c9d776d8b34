package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Has the OS threads that code on a wired OS thread starts, be it the JDK's own or a library's,
 * started by a clean one: else the kernel gives them the namespaces, directory and umask that a
 * task changed. The JVM is told another function for the native method by which {@link
 * Thread#start} makes an OS thread; it does what the JVM's own does, on the calling thread or on
 * the clean one.
 *
 * <p>That is done when the first task locks its OS thread, so nobody else has anything of it. A
 * thread that is started within the last few kilobytes of a stack, where the function does not fit
 * any more, ends the process; the property {@value #PROPERTY} set to {@code false} leaves the JVM's
 * function in place.
 */
final class ThreadStarts {
  static final String PROPERTY = "ballast.tasks.cleanStarts";

  // Places in the table of functions, by jni.h.
  private static final int THROW_NEW = 14;
  private static final int EXCEPTION_CLEAR = 17;
  private static final int REGISTER_NATIVES = 215;
  private static final int EXCEPTION_CHECK = 228;

  private static final String FAILED =
      "unable to create native thread: possibly out of memory or process/resource limits reached";

  /** Why it does not work, once that is known. */
  private static volatile @Nullable String failure =
      Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))
          ? Jni.unavailable().orElse(null)
          : "the property " + PROPERTY + " says so";

  private static final CountDownLatch TRIED = new CountDownLatch(1);
  private static volatile boolean tried = failure != null;
  private static boolean asked;

  private ThreadStarts() {}

  /** Why threads that a wired task starts are as its OS thread is; empty if they are clean. */
  static Optional<String> unavailable() {
    return Optional.ofNullable(failure);
  }

  /** Returns when threads are started clean, or it is known why not. */
  static void ensure() {
    if (!tried) {
      install();
    }
  }

  private static void install() {
    synchronized (TRIED) {
      if (!asked) {
        asked = true;
        TemplateThread.startUntilItRuns(
            new StartFailures("of clean starts"),
            () -> true,
            () -> {
              Thread starter = new Thread(new Starter(), "ballast-starter");
              starter.setDaemon(true);
              starter.start();
            });
      }
    }
    boolean interrupted = false;
    while (TRIED.getCount() > 0) {
      try {
        TRIED.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What one thread waits for: neither parks, which could use up a permit of its own code. */
  private static final class Request {
    final long thread;
    private boolean done;
    private boolean failed;

    /**
     * @param thread a global reference
     */
    Request(long thread) {
      this.thread = thread;
    }

    synchronized void done(boolean ok) {
      done = true;
      failed = !ok;
      notifyAll();
    }

    /** Whether the thread was started. */
    synchronized boolean await() {
      boolean interrupted = false;
      while (!done) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return !failed;
    }
  }

  /** The clean thread. It runs nothing else, so whoever waits for it may hold any lock. */
  private static final class Starter implements Runnable {
    @Override
    public void run() {
      Functions functions;
      try (Arena arena = Arena.ofConfined()) {
        functions = Functions.find(arena);
        Target.functions = functions;
        MethodHandle target =
            MethodHandles.lookup()
                .findStatic(
                    Target.class,
                    "start",
                    MethodType.methodType(void.class, long.class, long.class));
        functions.register(arena, target);
      } catch (Throwable e) {
        failure = "the JVM takes no other function for Thread.start: " + e.getMessage();
        return;
      } finally {
        tried = true;
        TRIED.countDown();
      }
      while (true) {
        try {
          Request request = Target.REQUESTS.take();
          boolean started = false;
          try {
            started = functions.startHere(request.thread);
          } finally {
            request.done(started);
          }
        } catch (RuntimeException | Error e) {
          // The JVM has said it in its log; who waits hears of it. Others wait for this thread.
        } catch (InterruptedException e) {
          // Nobody's to interrupt.
        }
      }
    }
  }

  /**
   * What the JVM calls for {@link Thread#start}, on any thread; nothing may be thrown out of it.
   */
  private static final class Target {
    static final LinkedBlockingQueue<Request> REQUESTS = new LinkedBlockingQueue<>();
    static volatile @Nullable Functions functions;

    private Target() {}

    /**
     * @param env the calling thread's JNIEnv
     * @param thread a reference to the thread to be started
     */
    @SuppressWarnings("unused") // called by the JVM
    static void start(long env, long thread) {
      Functions jvm = functions;
      if (jvm == null) {
        return; // It is set before the JVM knows of this.
      }
      try {
        if (!isWired(Thread.currentThread()) || !startElsewhere(jvm, env, thread)) {
          // Last of all: what the JVM finds wrong is thrown when this has returned.
          jvm.start().invokeExact(env, thread);
        }
      } catch (Throwable e) {
        jvm.refuse(env);
      }
    }

    /** Whether the calling OS thread is one that tasks may have changed. */
    private static boolean isWired(Thread thread) {
      if (Carrier.of(thread) != null) {
        return true;
      }
      Task task = Task.of(thread);
      return task != null && task.home != null;
    }

    private static boolean startElsewhere(Functions jvm, long env, long thread) throws Throwable {
      Request request = new Request((long) jvm.newGlobal().invokeExact(env, thread));
      REQUESTS.add(request);
      return request.await();
    }
  }

  /**
   * The JVM's functions.
   *
   * @param env the starter's JNIEnv
   * @param start (env, thread): the JVM's own for Thread.start0
   * @param newGlobal (env, reference): a reference that other threads may use
   * @param throwNew (env, class, text)
   * @param error a reference to the class of what {@link Thread#start} throws
   */
  private record Functions(
      long env, MethodHandle start, MethodHandle newGlobal, MethodHandle throwNew, long error) {
    private static final long FAILED_TEXT = Jni.text(Arena.global(), FAILED);

    @SuppressWarnings("restricted") // these are known by jni.h and jvm.h
    static Functions find(Arena arena) {
      long env = Jni.env(Jni.vm());
      long nothing = Jni.hold(env, Jni.NEW_GLOBAL, 0, 0, 0);
      Linker linker = Linker.nativeLinker();
      return new Functions(
          env,
          linker.downcallHandle(
              Jni.exported("JVM_StartThread"), FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG)),
          linker.downcallHandle(
              Jni.function(env, Jni.NEW_GLOBAL),
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG)),
          linker.downcallHandle(
              Jni.function(env, THROW_NEW),
              FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG)),
          nothing + Jni.type(env, arena, "java/lang/OutOfMemoryError"));
    }

    /** Tells the JVM what to call from now on. */
    @SuppressWarnings("restricted")
    void register(Arena arena, MethodHandle target) throws Throwable {
      MemorySegment method = arena.allocate(3 * ADDRESS.byteSize());
      method.setAtIndex(ADDRESS, 0, arena.allocateFrom("start0"));
      method.setAtIndex(ADDRESS, 1, arena.allocateFrom("()V"));
      method.setAtIndex(
          ADDRESS,
          2,
          Linker.nativeLinker()
              .upcallStub(target, FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG), Arena.global()));
      long type = Jni.type(env, arena, "java/lang/Thread");
      // The JVM warns where others than classes of the JDK do this, and looks at who calls the
      // caller.
      Object code =
          Jni.anyCall()
              .invokeWithArguments(
                  Jni.function(env, REGISTER_NATIVES), env, type, method.address(), 1L, 0L);
      Jni.check("RegisterNatives", (long) code);
    }

    /** By the starter; false if there is no other thread to be had. */
    boolean startHere(long thread) {
      boolean failed;
      try {
        start.invokeExact(env, thread);
        failed = (byte) Jni.call(env, EXCEPTION_CHECK, 0, 0, 0) != 0;
        if (failed) {
          long unused = Jni.call(env, EXCEPTION_CLEAR, 0, 0, 0);
        }
      } catch (Throwable e) {
        // What the JVM left pending is thrown by whatever Java code looks for it first.
        failed = true;
      }
      long unused = Jni.call(env, Jni.DELETE_GLOBAL, thread, 0, 0);
      return !failed;
    }

    /** Has {@link Thread#start} throw, when the caller has returned. */
    void refuse(long caller) {
      try {
        throwNew.invokeExact(caller, error, FAILED_TEXT);
      } catch (Throwable e) {
        // The JVM has said it in its log already.
      }
    }
  }
}
