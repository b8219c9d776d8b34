package dev.ballast.concurrency;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Stops a task wherever it computes, by the JVM's tool interface: the last resort for loops without
 * checkpoints (the asynchronous safe point of Go's {@code suspendG}). It happens on a thread that
 * no task can stop: the asking one unless that is a task itself, else one of its own. On the asking
 * one nobody has to be woken, who might have to wait for a slice of the loop's processor.
 *
 * <p>The first use makes every switch of virtual threads in the process dearer by some 0.1 to 0.2
 * µs, for ever; so the environment is made then, not before. It cannot be had under a debugger,
 * since one environment only may suspend.
 */
final class Jvmti {
  private static final int JVMTI_VERSION = 0x30150000;

  // Places in the tables of functions: jni.h, and jvmti.h, which counts from 1.
  private static final int JNI_OBJECT_CLASS = 31;
  private static final int JNI_FIELD_ID = 94;
  private static final int JNI_OBJECT_FIELD = 95;
  private static final int JNI_STATIC_METHOD_ID = 113;
  private static final int JNI_CALL_STATIC_OBJECT = 116;
  private static final int SUSPEND = 5 - 1;
  private static final int RESUME = 6 - 1;
  private static final int THREAD_STATE = 17 - 1;
  private static final int ADD_CAPABILITIES = 142 - 1;

  /** A bit of what GetThreadState gives. */
  private static final long IN_NATIVE = 0x400000;

  // Bits of jvmtiCapabilities.
  private static final long CAN_SUSPEND = 1L << 20;
  private static final long CAN_SUPPORT_VIRTUAL_THREADS = 1L << 44;
  private static final int CAPABILITIES_BYTES = 16;

  /** The error of a capability that another environment has. */
  private static final int NOT_AVAILABLE = 98;

  /** Beyond so many that wait, no more tasks are to be stopped; each has one release at most. */
  private static final int MOST_WAITING = 1 << 16;

  private static final LinkedBlockingQueue<Request> REQUESTS = new LinkedBlockingQueue<>();

  /** Why it does not work, once that is known. */
  private static volatile @Nullable String failure = Jni.unavailable().orElse(null);

  private static final StartFailures AGENTS = new StartFailures("of suspended loops");
  private static boolean asked;

  /** What a platform thread that asks does itself, once the agent has found it. */
  private static volatile @Nullable Agent found;

  private Jvmti() {}

  /** What the thread that speaks to the JVM is asked for. */
  private sealed interface Request {
    record Stop(Task task) implements Request {}

    record Resume(Task task) implements Request {}

    record InNative(Thread thread, CompletableFuture<Boolean> answer) implements Request {}

    /** To be ready for the others. */
    record Nothing(CompletableFuture<Boolean> answer) implements Request {}
  }

  /** Why it cannot stop tasks here; empty if it can, as far as is known. */
  static Optional<String> unavailable() {
    return Optional.ofNullable(failure);
  }

  /** Has a running task stopped; it is when {@link Task#isStopped} says so, soon or never. */
  static void stop(Task task) {
    ask(new Request.Stop(task));
  }

  /** Lets a task run on that was stopped here, unless it is suspended again by then. */
  static void resume(Task task) {
    ask(new Request.Resume(task));
  }

  /** Whether a thread that was stopped here still runs foreign code. */
  static boolean isInNative(Thread thread) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    ask(new Request.InNative(thread, answer));
    return answer.join();
  }

  /** Makes ready what the first stop needs; complete when it is, with whether it works. */
  static CompletableFuture<Boolean> prepare() {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    leave(new Request.Nothing(answer));
    return answer;
  }

  private static void ask(Request request) {
    Agent known = found;
    if (known != null && !Thread.currentThread().isVirtual()) {
      known.handleTelling(request);
    } else {
      leave(request);
    }
  }

  private static synchronized void leave(Request request) {
    if (!asked) {
      Agent.start(AGENTS);
      asked = true;
    }
    // Who asked to stop one asks again; who lets one go does not.
    if (!(request instanceof Request.Stop) || REQUESTS.size() < MOST_WAITING) {
      REQUESTS.add(request);
    }
  }

  /**
   * The thread that speaks to the JVM. A Java object is handed over in its own field, which native
   * functions can read; one request at a time.
   */
  private static final class Agent extends Thread {
    @SuppressWarnings("UnusedVariable") // read through JNI
    @Nullable Thread target;

    private final Object turn = new Object();
    private @Nullable Functions functions;

    Agent() {
      super("ballast-suspender");
      setDaemon(true);
    }

    static void start(StartFailures failures) {
      TemplateThread.startUntilItRuns(failures, () -> true, () -> new Agent().start());
    }

    @Override
    public void run() {
      while (true) {
        try {
          handleTelling(REQUESTS.take());
        } catch (InterruptedException e) {
          // Nobody's to interrupt.
        }
      }
    }

    /** By a platform thread. */
    void handleTelling(Request request) {
      boolean done = false;
      try {
        synchronized (turn) {
          done = inTurn(request);
        }
      } catch (RuntimeException | Error e) {
        failure = "the JVM's tool interface failed: " + e.getMessage();
      } finally {
        switch (request) {
          case Request.InNative(Thread _, CompletableFuture<Boolean> answer) ->
              answer.complete(done);
          case Request.Nothing(CompletableFuture<Boolean> answer) ->
              answer.complete(failure == null);
          case Request.Stop _, Request.Resume _ -> {}
        }
      }
    }

    /** What is answered to who asks whether. */
    private boolean inTurn(Request request) {
      Functions known = functions;
      if (known == null) {
        if (failure != null) {
          return false;
        }
        known = Functions.find();
        functions = known;
        found = this;
      }
      Functions here = known.here();
      switch (request) {
        case Request.Stop(Task task) -> {
          long thread = here.reference(this, task.thread());
          try {
            stop(here, task, thread);
          } finally {
            here.delete(thread);
          }
        }
        case Request.Resume(Task task) -> {
          if (task.setResumed()) {
            long thread = here.reference(this, task.thread());
            try {
              here.resume(thread);
            } finally {
              here.delete(thread);
            }
          }
        }
        case Request.InNative(Thread asked, CompletableFuture<Boolean> _) -> {
          long thread = here.reference(this, asked);
          try {
            return here.isInNative(thread);
          } finally {
            here.delete(thread);
          }
        }
        case Request.Nothing _ -> rehearse(here);
      }
      return false;
    }

    /** Stops a thread that does nothing, so that all that takes part is loaded and linked. */
    private void rehearse(Functions here) {
      AtomicBoolean over = new AtomicBoolean();
      CountDownLatch runs = new CountDownLatch(1);
      Thread loop =
          Thread.ofVirtual()
              .name("ballast-rehearsal")
              .start(() -> {
                runs.countDown();
                while (!over.get()) {
                  Thread.onSpinWait();
                }
              });
      try {
        runs.await();
        long thread = here.reference(this, loop);
        try {
          if (here.suspend(thread)) {
            StackTraceElement[] frames = JdkInternals.get().mountedFrames(loop);
            boolean unused = SafePoint.isSafe(frames) && here.isInNative(thread);
            here.resume(thread);
          }
        } finally {
          here.delete(thread);
        }
      } catch (InterruptedException e) {
        // Nobody's to interrupt.
      } finally {
        over.set(true);
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
   * The JVM's functions.
   *
   * @param vm the JavaVM
   * @param jni the JNIEnv of an OS thread, for that thread only
   * @param self a global reference to the agent
   */
  private record Functions(long vm, long jni, long jvmti, long self, long targetField) {
    static Functions find() {
      try (Arena arena = Arena.ofConfined()) {
        long vm = Jni.vm();
        long jni = Jni.env(vm);
        long jvmti = Jni.env(vm, JVMTI_VERSION);
        MemorySegment wanted = arena.allocate(CAPABILITIES_BYTES, Long.BYTES);
        wanted.set(JAVA_LONG, 0, CAN_SUSPEND | CAN_SUPPORT_VIRTUAL_THREADS);
        check("AddCapabilities", Jni.call(jvmti, ADD_CAPABILITIES, wanted.address(), 0, 0));
        // Runs the code of hold once with nothing, so that nothing is loaded in it later.
        long nothing = Jni.hold(jni, Jni.NEW_GLOBAL, 0, 0, 0);
        long type = Jni.type(jni, arena, "java/lang/Thread");
        long method =
            Jni.call(
                jni,
                JNI_STATIC_METHOD_ID,
                type,
                Jni.text(arena, "currentThread"),
                Jni.text(arena, "()Ljava/lang/Thread;"));
        long self = Jni.hold(jni, JNI_CALL_STATIC_OBJECT, type, method, 0);
        long own = Jni.hold(jni, JNI_OBJECT_CLASS, self, 0, 0);
        long field =
            Jni.call(
                jni,
                JNI_FIELD_ID,
                own,
                Jni.text(arena, "target"),
                Jni.text(arena, "Ljava/lang/Thread;"));
        if (nothing != 0 || method == 0 || self == 0 || own == 0 || field == 0) {
          throw new IllegalStateException("java.lang.Thread.currentThread is not to be had");
        }
        return new Functions(vm, jni, jvmti, self, field);
      }
    }

    /** For the calling OS thread. */
    Functions here() {
      long own = Jni.env(vm);
      return own == jni ? this : new Functions(vm, own, jvmti, self, targetField);
    }

    /** A global reference to a thread; within the agent's turn. */
    long reference(Agent agent, Thread thread) {
      agent.target = thread;
      long target = Jni.hold(jni, JNI_OBJECT_FIELD, self, targetField, 0);
      agent.target = null;
      if (target == 0) {
        throw new IllegalStateException("no reference to the task's thread is to be had");
      }
      return target;
    }

    boolean isInNative(long thread) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment state = arena.allocate(JAVA_LONG);
        check("GetThreadState", Jni.call(jvmti, THREAD_STATE, thread, state.address(), 0));
        return (state.get(JAVA_LONG, 0) & IN_NATIVE) != 0;
      }
    }

    boolean suspend(long thread) {
      return (int) Jni.call(jvmti, SUSPEND, thread, 0, 0) == 0;
    }

    void resume(long thread) {
      check("ResumeThread", Jni.call(jvmti, RESUME, thread, 0, 0));
    }

    void delete(long global) {
      long unused = Jni.call(jni, Jni.DELETE_GLOBAL, global, 0, 0);
    }

    private static void check(String what, long code) {
      if ((int) code == NOT_AVAILABLE) {
        throw new IllegalStateException(what + " says that somebody else has it: a debugger?");
      }
      Jni.check(what, code);
    }
  }
}
