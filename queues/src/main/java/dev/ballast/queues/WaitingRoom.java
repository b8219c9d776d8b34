package dev.ballast.queues;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for a change of a lock-free object, and are woken one by one. The waiter enters
 * and then looks at the object again; who changes the object does so and then looks whether anybody
 * waits. With a full fence between the two steps on both sides, one of them sees the other.
 */
final class WaitingRoom {
  static final long FOR_EVER = Long.MAX_VALUE;

  private static final VarHandle WAITING;

  static {
    try {
      WAITING = MethodHandles.lookup().findVarHandle(WaitingRoom.class, "waiting", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** One thread's one wait. */
  static final class Ticket {
    private static final VarHandle STATE;

    static {
      try {
        STATE = MethodHandles.lookup().findVarHandle(Ticket.class, "state", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private static final int WAITS = 0;
    private static final int CALLED = 1;
    private static final int LEFT = 2;

    private final Thread thread = Thread.currentThread();
    private volatile int state = WAITS;

    private boolean leaves(int newState) {
      return STATE.compareAndSet(this, WAITS, newState);
    }

    boolean isCalled() {
      return state == CALLED;
    }
  }

  private final MpmcLinkedQueue<Ticket> tickets = new MpmcLinkedQueue<>();
  private volatile int waiting;

  /** Begins to wait; the caller must look at the object before it parks. */
  Ticket enter() {
    Ticket ticket = new Ticket();
    tickets.offer(ticket);
    WAITING.getAndAdd(this, 1);
    VarHandle.fullFence();
    return ticket;
  }

  /**
   * Parks until the ticket is called; false if the time is up first.
   *
   * @param deadline of {@link System#nanoTime}, or {@link #FOR_EVER}
   */
  boolean await(Ticket ticket, long deadline) throws InterruptedException {
    while (!ticket.isCalled()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (deadline == FOR_EVER) {
        LockSupport.park(this);
      } else {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, left);
      }
    }
    return true;
  }

  /** Ends a wait. A call that was not waited for goes to the next. */
  void leave(Ticket ticket, boolean waited) {
    WAITING.getAndAdd(this, -1);
    if (waited) {
      return;
    }
    if (ticket.leaves(Ticket.LEFT)) {
      tickets.remove(ticket);
    } else {
      callOne();
    }
  }

  /** To be called after a change that one waiter can use. */
  void callOne() {
    VarHandle.fullFence();
    if (waiting != 0) {
      callNext();
    }
  }

  /** To be called after a change that concerns all. */
  void callAll() {
    VarHandle.fullFence();
    while (callNext()) {}
  }

  private boolean callNext() {
    for (Ticket ticket = tickets.poll(); ticket != null; ticket = tickets.poll()) {
      if (ticket.leaves(Ticket.CALLED)) {
        LockSupport.unpark(ticket.thread);
        return true;
      }
    }
    return false;
  }
}
