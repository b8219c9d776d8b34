package dev.ballast.concurrency;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The one class that knows how JDK 25 builds and describes a virtual thread. */
final class JdkInternals {
  /** The option without which nothing here works. */
  static final String OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";

  private static final Object FOUND = find();

  private final MethodHandle create;
  private final MethodHandle scheduler;
  private final Field schedulerField;
  private final MethodHandle carrier;
  private final MethodHandle continuation;
  private final MethodHandle walker;
  private final Method locals;
  private final Method operands;
  private final Method monitors;

  private JdkInternals() throws ReflectiveOperationException {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    Method factory =
        Class.forName("java.lang.ThreadBuilders")
            .getDeclaredMethod(
                "newVirtualThread", Executor.class, String.class, int.class, Runnable.class);
    factory.setAccessible(true);
    create = lookup.unreflect(factory);
    Class<?> thread = Class.forName("java.lang.VirtualThread");
    schedulerField = open(thread, "scheduler");
    scheduler =
        lookup
            .unreflectGetter(schedulerField)
            .asType(MethodType.methodType(Object.class, Thread.class));
    carrier =
        lookup
            .unreflectGetter(open(thread, "carrierThread"))
            .asType(MethodType.methodType(Thread.class, Thread.class));
    Field cont = open(thread, "cont");
    continuation =
        lookup.unreflectGetter(cont).asType(MethodType.methodType(Object.class, Thread.class));
    Class<?> frame = Class.forName("java.lang.LiveStackFrame");
    Class<?> type = cont.getType();
    Method walk = frame.getDeclaredMethod("getStackWalker", type);
    walk.setAccessible(true);
    walker = lookup.unreflect(walk).asType(MethodType.methodType(StackWalker.class, Object.class));
    locals = open(frame.getDeclaredMethod("getLocals"));
    operands = open(frame.getDeclaredMethod("getStack"));
    monitors = open(frame.getDeclaredMethod("getMonitors"));
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

  private static Object find() {
    try {
      return new JdkInternals();
    } catch (ReflectiveOperationException | RuntimeException e) {
      return "JDK " + Runtime.version() + ": " + e;
    }
  }

  /**
   * @throws UnsupportedRuntimeException if this JDK lacks them or the launcher does not open them
   */
  static JdkInternals get() {
    if (FOUND instanceof JdkInternals found) {
      return found;
    }
    throw new UnsupportedRuntimeException(
        "cannot schedule virtual threads on own carriers (" + FOUND + ")",
        "run on JDK 25 with " + OPENS);
  }

  Thread create(Executor scheduler, String name, Runnable body) {
    try {
      return (Thread) create.invokeExact(scheduler, name, 0, body);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The executor that a virtual thread was made with; null for a platform thread. */
  @Nullable Object schedulerOf(Thread thread) {
    if (!thread.isVirtual()) {
      return null;
    }
    try {
      return (Object) scheduler.invokeExact(thread);
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

  boolean isMounted(Thread thread) {
    try {
      Thread on = (Thread) carrier.invokeExact(thread);
      return on != null;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The frames of a thread that is not mounted and cannot become so meanwhile. */
  List<Frame> frames(Thread thread) {
    try {
      Object cont = (Object) continuation.invokeExact(thread);
      StackWalker walk = (StackWalker) walker.invokeExact(cont);
      return walk.walk(all -> all.map(this::frame).toList());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private Frame frame(StackWalker.StackFrame frame) {
    try {
      return new Frame(
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
