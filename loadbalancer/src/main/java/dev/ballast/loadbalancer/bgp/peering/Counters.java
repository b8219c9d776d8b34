package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.loadbalancer.bgp.message.Message;
import java.util.concurrent.atomic.LongAdder;

/** What went over the connections of a peer since it was configured. Thread-safe. */
public final class Counters {
  private final Kind sent = new Kind();
  private final Kind received = new Kind();

  /** The messages of one direction. */
  public static final class Kind {
    private final LongAdder opens = new LongAdder();
    private final LongAdder updates = new LongAdder();
    private final LongAdder notifications = new LongAdder();
    private final LongAdder keepalives = new LongAdder();
    private final LongAdder refreshes = new LongAdder();

    void count(Message message) {
      switch (message) {
        case Message.Open _ -> opens.increment();
        case Message.Update _ -> updates.increment();
        case Message.Notification _ -> notifications.increment();
        case Message.Keepalive _ -> keepalives.increment();
        case Message.RouteRefresh _ -> refreshes.increment();
      }
    }

    void updates(int count) {
      updates.add(count);
    }

    public long opens() {
      return opens.sum();
    }

    public long updates() {
      return updates.sum();
    }

    public long notifications() {
      return notifications.sum();
    }

    public long keepalives() {
      return keepalives.sum();
    }

    public long refreshes() {
      return refreshes.sum();
    }

    public long total() {
      return opens() + updates() + notifications() + keepalives() + refreshes();
    }
  }

  public Kind sent() {
    return sent;
  }

  public Kind received() {
    return received;
  }
}
