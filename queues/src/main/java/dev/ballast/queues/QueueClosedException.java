package dev.ballast.queues;

/**
 * Says that an operation that waits has nothing to wait for, or that {@code add} could not add,
 * since the queue is closed.
 */
public final class QueueClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  QueueClosedException() {
    super("queue closed");
  }
}
