package dev.ballast.concurrency;

import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the JDK's timers of virtual threads, and gives those of tasks of a deterministic
 * scheduler to its clock. It is there from the first such scheduler of the process on.
 */
final class VirtualTimers implements InvocationHandler {
  private static boolean installed;

  private final ScheduledExecutorService jdk;

  private VirtualTimers(ScheduledExecutorService jdk) {
    this.jdk = jdk;
  }

  static synchronized void install() {
    if (installed) {
      return;
    }
    installed = true;
    try {
      ScheduledExecutorService[] timers = JdkInternals.get().timers();
      for (int i = 0; i < timers.length; i++) {
        timers[i] =
            (ScheduledExecutorService)
                Proxy.newProxyInstance(
                    VirtualTimers.class.getClassLoader(),
                    new Class<?>[] {ScheduledExecutorService.class},
                    new VirtualTimers(timers[i]));
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      System.getLogger(VirtualTimers.class.getName())
          .log(
              Level.WARNING,
              "sleeps and timed waits are not repeated by seeds on JDK "
                  + Runtime.version()
                  + ", whose timers are elsewhere",
              e);
    }
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (method.getName().equals("schedule")
        && arguments != null
        && arguments[0] instanceof Runnable expired
        && arguments[1] instanceof Long delay
        && arguments[2] instanceof TimeUnit unit) {
      Thread thread = JdkInternals.threadOf(expired);
      Task task = thread == null ? null : Task.of(thread);
      if (task != null && task.scheduler().placement() instanceof DeterministicPlacement seeded) {
        return seeded.clock().in(unit.toNanos(delay), task, true, expired);
      }
    }
    try {
      return method.invoke(jdk, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
