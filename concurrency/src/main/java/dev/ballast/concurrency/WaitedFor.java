package dev.ballast.concurrency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The threads that wait until a task has stopped or ended: two lists without locks. */
abstract class WaitedFor extends StateWord {
  private static final VarHandle STOP;
  private static final VarHandle END;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STOP = lookup.findVarHandle(WaitedFor.class, "stop", Waiter.class);
      END = lookup.findVarHandle(WaitedFor.class, "end", Waiter.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private record Waiter(@Nullable Thread thread, @Nullable Waiter next) {}

  /** In place of those who wait for the end of a task that has ended. */
  private static final Waiter ENDED = new Waiter(null, null);

  private volatile @Nullable Waiter stop;

  @SuppressWarnings("UnusedVariable") // by its handle
  private volatile @Nullable Waiter end;

  /** Has the calling thread unparked once, when the task has stopped. */
  final void listForStop() {
    list(STOP);
  }

  final boolean isListedForStop() {
    return stop != null;
  }

  /** Has the calling thread unparked once, when the task has ended; at once if it has. */
  final void listForEnd() {
    list(END);
  }

  final void wakeForStop() {
    if (stop != null) {
      wakeAll(STOP, null);
    }
  }

  final void wakeForEnd() {
    wakeAll(END, ENDED);
  }

  private void list(VarHandle head) {
    while (true) {
      Waiter first = (Waiter) head.getVolatile(this);
      if ((first != null && first.thread() == null)
          || head.compareAndSet(this, first, new Waiter(Thread.currentThread(), first))) {
        return;
      }
    }
  }

  private void wakeAll(VarHandle head, @Nullable Waiter then) {
    Waiter each = (Waiter) head.getAndSet(this, then);
    for (; each != null && each.thread() != null; each = each.next()) {
      LockSupport.unpark(each.thread());
    }
  }
}
