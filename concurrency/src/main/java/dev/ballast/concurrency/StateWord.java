package dev.ballast.concurrency;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where a task is, what is asked of it or done to it, and how many suspend it, in one word that
 * changes atomically. Each method is one step of it; what follows from the step is the caller's.
 */
abstract class StateWord {
  private static final VarHandle STATE;

  // The low four bits say where the task is, the next ones what is asked of it or done to it, and
  // the rest counts its suspensions.
  private static final int WAITING = 0;
  private static final int QUEUED = 1;
  private static final int RUNNING = 2;
  private static final int RUNNING_READY = 3;
  private static final int PENDING = 4;
  private static final int DEAD = 5;
  private static final int WHERE = 0xf;

  /** It is to give way at its next checkpoint; only while it runs. */
  private static final int GIVE_WAY = 0x10;

  /** The JVM has stopped it on its carrier; only while it runs. */
  private static final int STOPPED = 0x20;

  /** The JVM is to let it run on, unless it is suspended again first; only with STOPPED. */
  private static final int RESUMING = 0x40;

  private static final int HOLD = 0x100;
  private static final int HOLDS = -HOLD;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(StateWord.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int state;

  /** What the end of a suspension leads to. */
  enum Released {
    NOTHING,
    /** It is ready, and was kept out of the queues. */
    ENQUEUE,
    /** The JVM has to let it run on. */
    RESUME
  }

  /** What a task was when it left its carrier. */
  enum Left {
    AWAY,
    READY,
    /** Ready, because it was asked to give way. */
    GAVE_WAY
  }

  private boolean change(int from, int to) {
    return STATE.compareAndSet(this, from, to);
  }

  private static boolean isRunning(int state) {
    int where = state & WHERE;
    return where == RUNNING || where == RUNNING_READY;
  }

  /** Whether it is where only the JVM could stop it, and a look at it may be old already. */
  final boolean isRunning() {
    return isRunning(state);
  }

  /** Whether it has ended. */
  final boolean isDead() {
    return (state & WHERE) == DEAD;
  }

  final TaskState whereabouts() {
    return switch (state & WHERE) {
      case WAITING -> TaskState.WAITING;
      case QUEUED -> TaskState.RUNNABLE;
      case PENDING -> TaskState.HELD;
      case DEAD -> TaskState.DEAD;
      default -> TaskState.RUNNING;
    };
  }

  final int holds() {
    return state >>> 8;
  }

  final boolean isHeld() {
    return (state & HOLDS) != 0;
  }

  /** Whether somebody wants something of it at its next checkpoint. */
  final boolean isAsked() {
    return (state & ~WHERE) != 0;
  }

  /** Whether it does not run one more instruction of Java until all who suspend it let go. */
  final boolean isStopped() {
    int now = state;
    return !isRunning(now) || (now & STOPPED) != 0;
  }

  /** Whether the JVM has stopped it on its OS thread. */
  final boolean isStoppedMounted() {
    return (state & STOPPED) != 0;
  }

  /** Whether somebody suspends it, and it runs, and is not stopped. */
  final boolean isToStop() {
    int now = state;
    return isRunning(now) && (now & HOLDS) != 0 && (now & STOPPED) == 0;
  }

  final void addHold() {
    STATE.getAndAdd(this, HOLD);
  }

  final Released removeHold() {
    while (true) {
      int now = state;
      int then = now - HOLD;
      Released released = Released.NOTHING;
      if ((then & HOLDS) == 0) {
        if ((now & STOPPED) != 0) {
          then |= RESUMING;
          released = Released.RESUME;
        } else if (then == PENDING) {
          then = QUEUED;
          released = Released.ENQUEUE;
        }
      }
      if (change(now, then)) {
        return released;
      }
    }
  }

  /** Says that the JVM has stopped it where it runs; false if nobody suspends it any more. */
  final boolean setStopped() {
    while (true) {
      int now = state;
      if (!isRunning(now) || (now & HOLDS) == 0) {
        return false;
      }
      if (change(now, now | STOPPED)) {
        return true;
      }
    }
  }

  /** Whether the JVM, which stopped it, is to let it run on: nobody suspends it any more. */
  final boolean setResumed() {
    while (true) {
      int now = state;
      if ((now & RESUMING) == 0) {
        return false;
      }
      boolean again = (now & HOLDS) != 0;
      if (change(now, now & ~(again ? RESUMING : RESUMING | STOPPED))) {
        return !again;
      }
    }
  }

  /** Sets what makes the next checkpoint yield. */
  final void askToGiveWay() {
    int now = state;
    if (isRunning(now)) {
      boolean _ = change(now, now | GIVE_WAY);
    }
  }

  /** Became ready; whether it is to be put into a queue. */
  final boolean setReady() {
    while (true) {
      int now = state;
      int rest = now & ~WHERE;
      switch (now & WHERE) {
        case WAITING -> {
          if (change(now, rest == 0 ? QUEUED : PENDING | rest)) {
            return rest == 0;
          }
        }
        case RUNNING -> {
          if (change(now, RUNNING_READY | rest)) {
            return false;
          }
        }
        default -> {
          // Already on its way, or dead: the JDK submits twice at times.
          return false;
        }
      }
    }
  }

  /** False if it is suspended, and waits outside of all queues from now on. */
  final boolean setRunning(boolean givesWay) {
    int running = givesWay ? RUNNING | GIVE_WAY : RUNNING;
    while (true) {
      int now = state;
      if ((now & HOLDS) == 0) {
        if (change(now, running)) {
          return true;
        }
      } else if (change(now, PENDING | (now & HOLDS))) {
        return false;
      }
    }
  }

  /** It is on no carrier any more. */
  final Left setLeft(boolean dead) {
    while (true) {
      int now = state;
      int hold = now & HOLDS;
      boolean again = !dead && (now & WHERE) == RUNNING_READY;
      int then = dead ? DEAD : !again ? WAITING : hold == 0 ? QUEUED : PENDING;
      if (change(now, then | hold)) {
        if (!again || hold != 0) {
          return Left.AWAY;
        }
        return (now & GIVE_WAY) == 0 ? Left.READY : Left.GAVE_WAY;
      }
    }
  }

  /** From waiting to queued, of one that nobody makes ready; it may be suspended already. */
  final void setQueued() {
    STATE.getAndAdd(this, QUEUED - WAITING);
  }

  final void setDead() {
    while (true) {
      int now = state;
      if (change(now, DEAD | (now & HOLDS))) {
        return;
      }
    }
  }

  /** What a task that stops itself at a checkpoint has to do next. */
  enum Stop {
    GO_ON,
    /** It has just said that it is stopped. */
    STOPPED_NOW,
    PARK,
    AGAIN
  }

  /** One step of a task that stops itself, since it is suspended; by the task. */
  final Stop stopItself() {
    int now = state;
    int hold = now & HOLDS;
    if ((now & WHERE) == QUEUED && hold == 0) {
      return change(now, RUNNING) ? Stop.GO_ON : Stop.AGAIN;
    }
    if ((now & WHERE) == RUNNING && hold == 0) {
      return Stop.GO_ON;
    }
    if ((now & WHERE) != PENDING) {
      return change(now, PENDING | hold) ? Stop.STOPPED_NOW : Stop.AGAIN;
    }
    return Stop.PARK;
  }
}
