package dev.ballast.loadbalancer.membership;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** How often silence is looked for; a part of the beat, so that it is noticed when it is due. */
  private static final long LOOK_NANOS = 20_000_000;

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
  private long lastBeat;
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
    peers = Map.copyOf(now);
    lock.lock();
    try {
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

  private void speak() {
    while (!closed) {
      look();
      if (System.nanoTime() - lastBeat >= timing.beat().toNanos()) {
        beat();
      }
      LockSupport.parkNanos(LOOK_NANOS);
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
      for (Heartbeat heartbeat : detector.beat(claims, now)) {
        byte[] datagram = sending.encode(heartbeat);
        peers.forEach((node, address) -> send(datagram, node, address));
      }
    } finally {
      lock.unlock();
    }
  }

  private void send(byte[] datagram, String node, InetAddress address) {
    try {
      channel.send(ByteBuffer.wrap(datagram), new InetSocketAddress(address, port));
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
        channel.receive(buffer.clear());
        byte[] datagram = new byte[buffer.flip().remaining()];
        buffer.get(datagram);
        receiving.decode(datagram).filter(this::known).ifPresent(this::heard);
      } catch (ClosedChannelException ending) {
        return;
      } catch (IOException e) {
        // An ICMP error for a heartbeat that a dead neighbour did not take comes out here.
        LOG.log(Level.DEBUG, () -> "hearing heartbeats: " + e.getMessage());
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  private boolean known(Heartbeat beat) {
    return peers.containsKey(beat.node());
  }

  private void heard(Heartbeat beat) {
    lock.lock();
    try {
      detector.heard(beat, System.nanoTime());
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
