package dev.ballast.loadbalancer.membership;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Drives a {@link Detector}: sends heartbeats over UDP to the speakers of the other nodes, receives
 * theirs, and says when the view changes. Two threads of its own; all methods may be called from
 * any thread.
 */
public final class Heartbeats implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Heartbeats.class.getName());

  private static final long SHORTEST_WAIT_NANOS = 1_000_000;

  /** After an error of the socket. */
  private static final long PAUSE_NANOS = 20_000_000;

  private static final int LONGEST_DATAGRAM = 2_048;

  private final ReentrantLock lock = new ReentrantLock();
  private final Detector detector;
  private final Timing timing;
  private final Codec sending;
  private final Codec receiving;
  private final DatagramChannel channel;
  private final int port;
  private final Consumer<View> changed;
  private volatile Map<String, InetAddress> peers = Map.of();
  private volatile Set<Long> claims = Set.of();
  private volatile View view;
  private volatile boolean closed;
  private final Set<String> misplaced = ConcurrentHashMap.newKeySet();
  private volatile long lastBeat;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Binds the socket; {@link #start} begins.
   *
   * @param bind where to hear heartbeats; the others must reach it under the address of the node
   * @param secret what all speakers share; may be empty
   * @param changed called on one of the threads each time that the view changes; must be quick
   */
  public Heartbeats(
      Detector detector,
      Timing timing,
      byte[] secret,
      InetSocketAddress bind,
      Consumer<View> changed)
      throws IOException {
    this.detector = detector;
    this.timing = timing;
    sending = new Codec(secret);
    receiving = new Codec(secret);
    this.changed = changed;
    port = bind.getPort();
    channel = DatagramChannel.open();
    try {
      channel.bind(bind);
    } catch (IOException e) {
      channel.close();
      throw new IOException(
          "cannot hear heartbeats on %s: %s; free the port or give another --ml-bindport"
              .formatted(bind, e.getMessage()),
          e);
    }
    view = detector.view(System.nanoTime());
  }

  /** Begins to speak and listen. */
  public void start(ThreadFactory factory) {
    Thread speaking = factory.newThread(this::speak);
    speaking.setName("heartbeats-out");
    Thread listening = factory.newThread(this::listen);
    listening.setName("heartbeats-in");
    threads.addAll(List.of(speaking, listening));
    threads.forEach(Thread::start);
  }

  /** Who is there now. */
  public View view() {
    return view;
  }

  /**
   * To whom heartbeats go, and from whom they are believed, by the name of the node. Before the
   * first time, and when it comes with somebody who was never heard, the {@link #view} is that of
   * one who joins.
   */
  public void peers(Map<String, InetAddress> now) {
    lock.lock();
    try {
      peers = Map.copyOf(now);
      detector.expect(now.keySet(), System.nanoTime());
    } finally {
      lock.unlock();
    }
    look();
  }

  /** What this speaker answers for from now on; told to the others at once. */
  public void claims(Set<Long> now) {
    if (!now.equals(claims)) {
      claims = Set.copyOf(now);
      beat();
    }
  }

  /** Says goodbye: from now on others are elected, and this one answers until they claim. */
  public void leave() {
    lock.lock();
    try {
      detector.leave();
    } finally {
      lock.unlock();
    }
    beat();
    look();
  }

  /** Where this speaker can answer from now on; told to the others at once. */
  public void able(Set<Heartbeat.Link> now) {
    lock.lock();
    try {
      detector.able(now);
    } finally {
      lock.unlock();
    }
    beat();
    look();
  }

  /** How often this process did not run for longer than its lease. */
  public long timesLate() {
    lock.lock();
    try {
      return detector.timesLate();
    } finally {
      lock.unlock();
    }
  }

  private void speak() {
    while (!closed) {
      look();
      if (System.nanoTime() - lastBeat >= timing.beat().toNanos()) {
        beat();
      }
      LockSupport.parkNanos(Math.max(SHORTEST_WAIT_NANOS, untilNext()));
    }
  }

  private long untilNext() {
    lock.lock();
    try {
      long now = System.nanoTime();
      long beat = lastBeat + timing.beat().toNanos();
      return Math.min(beat - now, detector.nextChange(now) - now);
    } finally {
      lock.unlock();
    }
  }

  /** Asks the detector for what has changed. */
  private void look() {
    lock.lock();
    try {
      long now = System.nanoTime();
      detector.tick(now);
      View next = detector.view(now);
      if (!next.equals(view)) {
        view = next;
        changed.accept(next);
      }
    } finally {
      lock.unlock();
    }
  }

  private void beat() {
    lock.lock();
    try {
      long now = System.nanoTime();
      lastBeat = now;
      List<Heartbeat> beats = detector.beat(claims, now);
      peers.forEach((node, address) ->
          beats.forEach(beat -> send(detector.addressed(beat, node), node, address)));
    } finally {
      lock.unlock();
    }
  }

  private void send(Heartbeat beat, String node, InetAddress address) {
    try {
      channel.send(ByteBuffer.wrap(sending.encode(beat)), new InetSocketAddress(address, port));
    } catch (ClosedChannelException ending) {
      // Closing is under way.
    } catch (IOException e) {
      // The link is down, or a neighbour is: the next beat tries again.
      LOG.log(Level.DEBUG, () -> "no heartbeat to " + node + ": " + e.getMessage());
    }
  }

  private void listen() {
    ByteBuffer buffer = ByteBuffer.allocate(LONGEST_DATAGRAM);
    while (!closed) {
      try {
        SocketAddress source = channel.receive(buffer.clear());
        byte[] datagram = new byte[buffer.flip().remaining()];
        buffer.get(datagram);
        receiving.decode(datagram).filter(beat -> known(beat, source)).ifPresent(this::heard);
      } catch (ClosedChannelException ending) {
        return;
      } catch (IOException e) {
        // An ICMP error for a heartbeat that a dead neighbour did not take comes out here.
        LOG.log(Level.DEBUG, () -> "hearing heartbeats: " + e.getMessage());
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** A heartbeat is believed only from the address of the node that it names. */
  private boolean known(Heartbeat beat, SocketAddress source) {
    InetAddress expected = peers.get(beat.node());
    if (expected == null || !(source instanceof InetSocketAddress from)) {
      return false;
    }
    if (expected.equals(from.getAddress())) {
      return true;
    }
    if (misplaced.size() < Detector.MOST_PEERS && misplaced.add(beat.node())) {
      LOG.log(
          Level.WARNING,
          () ->
              "heartbeats of node %s come from %s and are ignored: its Node object has the"
                      .formatted(beat.node(), from.getAddress().getHostAddress())
                  + " InternalIP %s; start that speaker with --ml-bindaddr=%<s"
                      .formatted(expected.getHostAddress()));
    }
    return false;
  }

  private void heard(Heartbeat beat) {
    lock.lock();
    try {
      long now = System.nanoTime();
      Detector.Reception reception = detector.heard(beat, now);
      InetAddress sender = peers.get(beat.node());
      if (reception == Detector.Reception.UNPROVEN && sender != null) {
        detector.answer(beat, claims, now).forEach(answer -> send(answer, beat.node(), sender));
      }
    } finally {
      lock.unlock();
    }
    look();
  }

  /** Tells the others that it is over, and ends. */
  @Override
  public void close() {
    lock.lock();
    try {
      detector.gone();
    } finally {
      lock.unlock();
    }
    beat();
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, () -> "closing: " + e.getMessage());
    }
    threads.forEach(LockSupport::unpark);
  }
}
