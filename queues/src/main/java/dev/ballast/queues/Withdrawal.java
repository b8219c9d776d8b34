package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A claim on an element in the middle of a queue whose consumers own elements by number. The
 * remover shows it (in the cell, or in a register) and then looks whether the number was given out:
 * if not, whoever gets the number will find the claim. If it was, the consumer may have looked
 * before, so the remover gives up and the consumer takes the element.
 */
final class Withdrawal {
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Withdrawal.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int PENDING = 0;
  private static final int REMOVED = 1;
  private static final int GIVEN_UP = 2;

  final Object element;
  private volatile int state = PENDING;

  Withdrawal(Object element) {
    this.element = element;
  }

  /** One that stands for no element, and that no consumer takes for one. */
  static Withdrawal removed() {
    Withdrawal removed = new Withdrawal(new Object());
    removed.state = REMOVED;
    return removed;
  }

  /** The remover's verdict when the cell's number was still free; false if a consumer has it. */
  boolean complete() {
    return STATE.compareAndSet(this, PENDING, REMOVED);
  }

  /** Says that the element is the consumer's; false if it has been removed. */
  boolean giveUp() {
    return STATE.compareAndSet(this, PENDING, GIVEN_UP) || state == GIVEN_UP;
  }

  boolean isRemoved() {
    return state == REMOVED;
  }
}
