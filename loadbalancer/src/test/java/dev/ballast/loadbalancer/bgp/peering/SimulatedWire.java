package dev.ballast.loadbalancer.bgp.peering;

import dev.ballast.lab.simulation.Simulation;
import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.address.Family;
import dev.ballast.loadbalancer.bgp.transport.Connection;
import dev.ballast.loadbalancer.bgp.transport.Route;
import dev.ballast.loadbalancer.bgp.transport.Transport;
import dev.ballast.loadbalancer.loop.Timers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A network of two on a simulated clock: bytes come in pieces, late, in order, or not at all. */
final class SimulatedWire {
  private final Simulation simulation;
  private final List<End> open = new ArrayList<>();
  private boolean cut;
  private boolean stalled;

  SimulatedWire(Simulation simulation) {
    this.simulation = simulation;
  }

  Timers timers() {
    return new Timers() {
      @Override
      public long nanoTime() {
        return simulation.nanoTime();
      }

      @Override
      public Cancellation after(Duration delay, Runnable body) {
        return simulation.after(delay, body)::cancel;
      }
    };
  }

  /** What a speaker dials with; the other speaker gets what it opens. */
  final class Port implements Transport {
    private @Nullable Peering other;

    void leadsTo(Peering peering) {
      other = peering;
    }

    @Override
    public Attempt dial(Route route, Dialer dialer) {
      boolean[] given = {false};
      simulation.after(
          Duration.ofMillis(1 + simulation.random().nextInt(30)),
          () -> {
            if (given[0]) {
              return;
            }
            Peering target = other;
            if (cut || target == null) {
              dialer.failed("no route");
              return;
            }
            End mine = new End();
            End theirs = new End();
            mine.other = theirs;
            theirs.other = mine;
            open.add(mine);
            open.add(theirs);
            target.accepted(
                () -> theirs,
                message -> {
                  theirs.send(message);
                  theirs.close();
                });
            dialer.opened(mine);
          });
      return () -> given[0] = true;
    }
  }

  final class End implements Connection {
    private final Queue<byte[]> inOrder = new ArrayDeque<>();
    private @Nullable End other;
    private @Nullable Receiver receiver;
    private boolean closed;
    private int waiting;
    private boolean moving;
    private boolean ended;

    @Override
    public void receive(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void send(byte[] bytes) {
      if (closed) {
        return;
      }
      int at = 0;
      while (at < bytes.length) {
        int size = Math.min(bytes.length - at, 1 + simulation.random().nextInt(3_000));
        inOrder.add(Arrays.copyOfRange(bytes, at, at + size));
        at += size;
      }
      waiting += bytes.length;
      move();
    }

    private void move() {
      if (moving || (inOrder.isEmpty() && !closed)) {
        return;
      }
      moving = true;
      simulation.after(
          Duration.ofMillis(1 + simulation.random().nextInt(10)),
          () -> {
            moving = false;
            if (ended) {
              return;
            }
            if (cut || stalled) {
              move();
              return;
            }
            byte[] piece = inOrder.poll();
            End to = other;
            if (piece == null) {
              finish();
              return;
            }
            waiting -= piece.length;
            if (to != null && !to.closed && to.receiver != null) {
              to.receiver.received(piece, piece.length);
            }
            if (inOrder.isEmpty() && !closed && receiver != null) {
              receiver.drained();
            }
            move();
          });
    }

    private void finish() {
      ended = true;
      open.remove(this);
      End to = other;
      if (to != null && !to.ended) {
        to.lost("the peer closed the connection");
      }
    }

    private void lost(String reason) {
      ended = true;
      open.remove(this);
      if (!closed && receiver != null) {
        closed = true;
        receiver.ended(reason);
      }
    }

    @Override
    public int unsent() {
      return waiting;
    }

    @Override
    public void sendLimit(Duration limit) {}

    @Override
    public Map<Family, List<Address>> nextHops() {
      return Map.of(Family.IPV4, List.of(Address.ofIpv4(0x0a000001)));
    }

    @Override
    public Ends ends() {
      return new Ends(Address.ofIpv4(0x0a000001), Address.ofIpv4(0x0a000002), 0);
    }

    @Override
    public String remote() {
      return "the other";
    }

    @Override
    public void close() {
      closed = true;
      move();
    }
  }

  void cut(Duration time) {
    cut = true;
    simulation.after(time, () -> cut = false);
  }

  void stall(Duration time) {
    stalled = true;
    simulation.after(time, () -> stalled = false);
  }

  /** All connections break, and both ends see it. */
  void reset() {
    for (End end : List.copyOf(open)) {
      end.lost("connection reset by peer");
    }
  }

  Optional<Integer> connections() {
    return Optional.of(open.size());
  }
}
