package dev.ballast.objects;

import static java.lang.System.Logger.Level.WARNING;

import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The newest snapshot of a store, and those who wait for the next one. */
public final class SnapshotFeed {
  private static final System.Logger LOG = System.getLogger(SnapshotFeed.class.getName());

  private final ThreadFactory tasks;
  private final Object lock = new Object();
  private Snapshot newest = Snapshot.NONE;
  private boolean closed;

  /** Makes a feed whose listeners run on tasks of this factory. */
  public SnapshotFeed(ThreadFactory tasks) {
    this.tasks = tasks;
  }

  /** Returns the newest snapshot. */
  public Snapshot newest() {
    synchronized (lock) {
      return newest;
    }
  }

  /** Publishes the snapshot that follows; the same one again is no news. */
  @SuppressWarnings("ReferenceEquality") // the operator returns what it was given for no change
  public void publish(UnaryOperator<Snapshot> next) {
    synchronized (lock) {
      Snapshot now = next.apply(newest);
      if (now != newest) {
        newest = now;
        lock.notifyAll();
      }
    }
  }

  /** Calls a listener with the newest snapshot at once, and after each change. */
  public ObjectStore.Subscription watch(Consumer<Snapshot> listener) {
    Listening listening = new Listening(listener);
    Thread thread = tasks.newThread(listening);
    thread.setName("objects-listener");
    listening.thread = thread;
    thread.start();
    return listening;
  }

  /** Ends all listeners. */
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
  }

  /** One listener, with a task of its own. */
  private final class Listening implements ObjectStore.Subscription, Runnable {
    private final Consumer<Snapshot> listener;
    private volatile boolean ended;
    private volatile @Nullable Thread thread;

    Listening(Consumer<Snapshot> listener) {
      this.listener = listener;
    }

    @Override
    public void run() {
      long seen = -1;
      while (true) {
        Snapshot next;
        synchronized (lock) {
          while (newest.version() == seen && !ended && !closed) {
            try {
              lock.wait();
            } catch (InterruptedException _) {
              return;
            }
          }
          if (ended || closed) {
            return;
          }
          next = newest;
        }
        seen = next.version();
        try {
          listener.accept(next);
        } catch (RuntimeException e) {
          LOG.log(WARNING, "a listener of the objects failed: version=" + seen, e);
        }
      }
    }

    @Override
    public void close() {
      ended = true;
      synchronized (lock) {
        lock.notifyAll();
      }
      Thread running = thread;
      if (running != null && Thread.currentThread() != running) {
        try {
          running.join();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
