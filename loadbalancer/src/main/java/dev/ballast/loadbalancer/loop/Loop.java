package dev.ballast.loadbalancer.loop;

import dev.ballast.linux.Fd;
import dev.ballast.linux.socket.Poller;
import dev.ballast.queues.ConcurrentQueue;
import dev.ballast.queues.Queues;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Runs everything of one protocol on one thread: what sockets, timers and other threads bring.
 * {@link #execute} and {@link #close} may be called by any thread, the rest by the loop's own.
 */
public final class Loop implements Timers, AutoCloseable {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private final Poller poller;
  private final ConcurrentQueue<Runnable> handedOver = Queues.unbounded().build();
  private final PriorityQueue<Entry> timers = new PriorityQueue<>();
  private final Map<Fd, Handler> handlers = new HashMap<>();
  private long created;
  private volatile boolean closed;

  /** What happens when a socket can go on. */
  public interface Handler {
    void ready(boolean readable, boolean writable);
  }

  private static final class Entry implements Comparable<Entry>, Cancellation {
    private final long at;
    private final long order;
    private @Nullable Runnable body;

    Entry(long at, long order, Runnable body) {
      this.at = at;
      this.order = order;
      this.body = body;
    }

    @Override
    public void cancel() {
      body = null;
    }

    @Override
    @SuppressWarnings("ComparableType")
    public int compareTo(Entry other) {
      return at == other.at ? Long.compare(order, other.order) : Long.compare(at - other.at, 0);
    }
  }

  private Loop(Poller poller) {
    this.poller = poller;
  }

  /** Opens one; {@link #run} is its work. */
  public static Loop open() {
    return new Loop(Poller.open());
  }

  /** Works until it is closed. */
  public void run() {
    try {
      while (!closed) {
        turn();
      }
    } finally {
      handlers.keySet().forEach(Fd::close);
      poller.close();
    }
  }

  private void turn() {
    for (Poller.Ready ready : poller.await(waitTime(System.nanoTime()))) {
      // An earlier one of this turn may have forgotten it.
      @Nullable Handler handler = handlers.get(ready.fd());
      if (handler != null) {
        handler.ready(ready.readable(), ready.writable());
      }
    }
    for (Runnable body = handedOver.poll(); body != null; body = handedOver.poll()) {
      body.run();
    }
    long now = System.nanoTime();
    for (Entry first = timers.peek();
        first != null && (first.body == null || first.at - now <= 0);
        first = timers.peek()) {
      timers.remove();
      @Nullable Runnable body = first.body;
      if (body != null) {
        body.run();
      }
    }
  }

  private Duration waitTime(long now) {
    @Nullable Entry first = timers.peek();
    if (first == null) {
      return LONGEST_WAIT;
    }
    long left = Math.max(0, first.at - now);
    return left < LONGEST_WAIT.toNanos() ? Duration.ofNanos(left) : LONGEST_WAIT;
  }

  /** Lets the loop's thread run something soon. */
  public void execute(Runnable body) {
    handedOver.offer(body);
    if (!closed) {
      poller.wake();
    }
  }

  /** Calls a handler each time that a socket can be read, or written. */
  public void watch(Fd fd, boolean read, boolean write, Handler handler) {
    poller.watch(fd, read, write);
    handlers.put(fd, handler);
  }

  /** Forgets a socket; to be called before it is closed. */
  public void forget(Fd fd) {
    poller.forget(fd);
    handlers.remove(fd);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Cancellation after(Duration delay, Runnable body) {
    Entry entry = new Entry(System.nanoTime() + delay.toNanos(), created++, body);
    timers.add(entry);
    return entry;
  }

  @Override
  public void close() {
    closed = true;
    poller.wake();
  }
}
