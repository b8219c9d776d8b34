package dev.ballast.concurrency;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.AbstractOwnableSynchronizer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The one class that knows how JDK 25 builds and describes a virtual thread. */
final class JdkInternals {
  /** The option without which nothing here works. */
  static final String OPENS =
      "--add-opens=java.base/java.lang=" + nameOfModule(JdkInternals.class.getModule());

  private static final int KNOWN_JDK = 25;

  /** Why they are missing. */
  private enum Missing {
    TOO_OLD,
    NOT_OPENED,
    MOVED
  }

  /** A record, since the JIT compiler takes its fields for constants. */
  private record Handles(
      MethodHandle create,
      MethodHandle scheduler,
      MethodHandle carrier,
      MethodHandle continuation,
      MethodHandle walker,
      MethodHandle plainWalker,
      MethodHandle mountedFrames,
      MethodHandle exclusiveOwner) {}

  private static final @Nullable Handles HANDLES;
  private static final @Nullable JdkInternals FOUND;
  private static final @Nullable Missing MISSING;
  private static final String PROBLEM;

  static {
    Handles handles = null;
    JdkInternals found = null;
    Missing missing = null;
    String problem = "";
    int feature = Runtime.version().feature();
    try {
      if (feature < KNOWN_JDK) {
        missing = Missing.TOO_OLD;
        problem = "it is too old";
      } else {
        handles = handles();
        found = new JdkInternals();
      }
    } catch (InaccessibleObjectException e) {
      missing = Missing.NOT_OPENED;
      problem = e.getMessage();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      missing = feature > KNOWN_JDK ? Missing.MOVED : Missing.TOO_OLD;
      problem = e.toString();
    }
    HANDLES = found == null ? null : handles;
    FOUND = found;
    MISSING = missing;
    PROBLEM = "JDK " + Runtime.version() + ": " + problem;
  }

  private final Field schedulerField;
  private final Executor defaultScheduler;
  private final Method locals;
  private final Method operands;
  private final Method monitors;

  private JdkInternals() throws ReflectiveOperationException {
    Class<?> frame = Class.forName("java.lang.LiveStackFrame");
    Class<?> thread = Class.forName("java.lang.VirtualThread");
    schedulerField = open(thread, "scheduler");
    defaultScheduler = (Executor) open(thread.getDeclaredMethod("defaultScheduler")).invoke(null);
    locals = open(frame.getDeclaredMethod("getLocals"));
    operands = open(frame.getDeclaredMethod("getStack"));
    monitors = open(frame.getDeclaredMethod("getMonitors"));
  }

  private static Handles handles() throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    Method factory =
        Class.forName("java.lang.ThreadBuilders")
            .getDeclaredMethod(
                "newVirtualThread", Executor.class, String.class, int.class, Runnable.class);
    Class<?> thread = Class.forName("java.lang.VirtualThread");
    Field cont = open(thread, "cont");
    Method walk =
        Class.forName("java.lang.LiveStackFrame")
            .getDeclaredMethod("getStackWalker", cont.getType());
    // Who may open java.lang may let itself open the rest.
    open(Module.class.getDeclaredMethod("implAddOpens", String.class, Module.class))
        .invoke(
            Object.class.getModule(), "java.util.concurrent.locks", JdkInternals.class.getModule());
    return new Handles(
        lookup.unreflect(open(factory)),
        lookup
            .unreflectGetter(open(thread, "scheduler"))
            .asType(MethodType.methodType(Object.class, Thread.class)),
        lookup
            .unreflectGetter(open(thread, "carrierThread"))
            .asType(MethodType.methodType(Thread.class, Thread.class)),
        lookup.unreflectGetter(cont).asType(MethodType.methodType(Object.class, Thread.class)),
        lookup.unreflect(open(walk)).asType(MethodType.methodType(StackWalker.class, Object.class)),
        plainWalker(lookup, cont.getType()),
        MethodHandles.privateLookupIn(thread, lookup)
            .findSpecial(
                Thread.class,
                "asyncGetStackTrace",
                MethodType.methodType(StackTraceElement[].class),
                thread)
            .asType(MethodType.methodType(StackTraceElement[].class, Thread.class)),
        lookup.unreflectGetter(open(AbstractOwnableSynchronizer.class, "exclusiveOwnerThread")));
  }

  /** Makes a walker that takes no more of a frame than where it is. */
  private static MethodHandle plainWalker(MethodHandles.Lookup lookup, Class<?> continuation)
      throws ReflectiveOperationException {
    for (Method each : StackWalker.class.getDeclaredMethods()) {
      Class<?>[] types = each.getParameterTypes();
      if (each.getName().equals("newInstance")
          && types.length == 4
          && types[3].equals(continuation)) {
        MethodHandle make = lookup.unreflect(open(each));
        return MethodHandles.insertArguments(make, 0, Set.of(), null, null)
            .asType(MethodType.methodType(StackWalker.class, Object.class));
      }
    }
    throw new NoSuchMethodException("StackWalker.newInstance of a continuation");
  }

  private static Field open(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static Method open(Method method) {
    method.setAccessible(true);
    return method;
  }

  /** As options of the JVM want it. */
  static String nameOfModule(Module module) {
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }

  /**
   * @throws UnsupportedRuntimeException if the virtual threads of this JVM are OS threads
   */
  static void requireContinuations() {
    String type = Thread.ofVirtual().unstarted(() -> {}).getClass().getName();
    if (!type.equals("java.lang.VirtualThread")) {
      throw new UnsupportedRuntimeException(
          "this JVM has no continuations, which tasks are made of (its virtual threads are "
              + type
              + ")",
          "start it without -XX:-VMContinuations, or use a JVM for a processor that has them");
    }
  }

  static boolean isPresent() {
    return FOUND != null;
  }

  /**
   * Why a newer JDK than those that are known has to do without, in a line; empty if nothing is
   * missing, or if something can be done about it.
   */
  static Optional<String> movedAway() {
    return MISSING == Missing.MOVED
        ? Optional.of("what native mode needs of the JDK has moved (" + PROBLEM + ")")
        : Optional.empty();
  }

  /**
   * @throws UnsupportedRuntimeException if this JDK lacks them or the launcher does not open them
   */
  static JdkInternals get() {
    JdkInternals found = FOUND;
    if (found != null) {
      return found;
    }
    throw new UnsupportedRuntimeException(
        "cannot schedule virtual threads on own carriers (" + PROBLEM + ")",
        MISSING == Missing.NOT_OPENED
            ? "start the JVM with " + OPENS + ", or use Options.portable()"
            : "run on JDK " + KNOWN_JDK + " with " + OPENS + ", or use Options.portable()");
  }

  private static Handles opened() {
    return Objects.requireNonNull(HANDLES);
  }

  Thread create(Executor scheduler, String name, Runnable body) {
    try {
      return (Thread) opened().create().invokeExact(scheduler, name, 0, body);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The executor that a virtual thread was made with; null for a platform thread. */
  static @Nullable Object schedulerOf(Thread thread) {
    Handles opened = HANDLES;
    if (opened == null || !thread.isVirtual()) {
      return null;
    }
    try {
      return (Object) opened.scheduler().invokeExact(thread);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  void adopt(Thread thread, Executor scheduler) {
    try {
      schedulerField.set(thread, scheduler);
    } catch (IllegalAccessException e) {
      throw unexpected(e);
    }
  }

  /** The virtual thread behind what the JDK submits, or null if it is something else. */
  static @Nullable Thread threadOf(Runnable continuation) {
    for (Field field : continuation.getClass().getDeclaredFields()) {
      if (Thread.class.isAssignableFrom(field.getType())) {
        try {
          field.setAccessible(true);
          return (Thread) field.get(continuation);
        } catch (IllegalAccessException | RuntimeException e) {
          return null;
        }
      }
    }
    return null;
  }

  /** Who holds a lock of java.util.concurrent exclusively, or null. */
  @Nullable Thread owner(AbstractOwnableSynchronizer lock) {
    try {
      return (Thread) opened().exclusiveOwner().invokeExact(lock);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  boolean isMounted(Thread thread) {
    return carrierThreadOf(thread) != null;
  }

  /** The platform thread under a virtual thread, or null. */
  static @Nullable Thread carrierThreadOf(Thread thread) {
    try {
      return (Thread) opened().carrier().invokeExact(thread);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The timers that wake virtual threads, in the JDK's own array. */
  ScheduledExecutorService[] timers() throws ReflectiveOperationException {
    Class<?> holder = Class.forName("java.lang.VirtualThread$DelayedTaskSchedulers");
    for (Field field : holder.getDeclaredFields()) {
      if (field.getType() == ScheduledExecutorService[].class) {
        field.setAccessible(true);
        return (ScheduledExecutorService[]) field.get(null);
      }
    }
    throw new NoSuchFieldException("no array of timers in " + holder);
  }

  /** What runs the virtual threads that nobody gave another. */
  Executor defaultScheduler() {
    return defaultScheduler;
  }

  /**
   * The frames of a mounted thread, innermost first; none where there are none to be seen. {@link
   * Thread#getStackTrace} asks again until there are, which is for ever if the thread is stopped.
   */
  StackTraceElement[] mountedFrames(Thread thread) {
    try {
      StackTraceElement @Nullable [] frames =
          (StackTraceElement[]) opened().mountedFrames().invokeExact(thread);
      return frames == null ? new StackTraceElement[0] : frames;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Where the frames of a thread are that is not mounted and cannot become so meanwhile. */
  List<StackWalker.StackFrame> places(Thread thread) {
    try {
      Object cont = (Object) opened().continuation().invokeExact(thread);
      StackWalker walk = (StackWalker) opened().plainWalker().invokeExact(cont);
      return walk.walk(Stream::toList);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The frames of a thread that is not mounted and cannot become so meanwhile. */
  List<Frame> frames(Thread thread) {
    try {
      Object cont = (Object) opened().continuation().invokeExact(thread);
      StackWalker walk = (StackWalker) opened().walker().invokeExact(cont);
      return walk.walk(all -> all.map(this::frame).toList());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private Frame frame(StackWalker.StackFrame frame) {
    try {
      return Frame.of(
          frame.toStackTraceElement(),
          objects(locals.invoke(frame), operands.invoke(frame)),
          objects(monitors.invoke(frame)));
    } catch (ReflectiveOperationException e) {
      throw unexpected(e);
    }
  }

  private static List<Object> objects(@Nullable Object... arrays) {
    List<Object> found = new ArrayList<>();
    for (Object array : arrays) {
      Stream<?> slots = array == null ? Stream.empty() : Arrays.stream((Object[]) array);
      slots.filter(slot -> slot != null && !isPrimitive(slot)).forEach(found::add);
    }
    return List.copyOf(found);
  }

  private static boolean isPrimitive(Object slot) {
    return slot.getClass().getName().startsWith("java.lang.LiveStackFrame");
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof RuntimeException runtime) {
      return runtime;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(e);
  }
}
