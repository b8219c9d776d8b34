package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.ArpPacket;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Responder;
import dev.ballast.loadbalancer.layer2.Responder.Reaction;
import dev.ballast.loadbalancer.membership.Lease;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Answers ARP on one interface, on a thread of its own. */
final class ArpPort implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ArpPort.class.getName());
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Network.Link link;
  private final Network.ArpSocket socket;
  private final Supplier<Announced> announced;
  private final Lease lease;
  private final Counters counters;
  private final Conflicts conflicts;
  private volatile boolean closed;

  /** Where conflicts go. */
  interface Conflicts {
    void seen(Address address, Mac claimant, String link);
  }

  ArpPort(
      Network.Link link,
      Network.ArpSocket socket,
      Supplier<Announced> announced,
      Lease lease,
      Counters counters,
      Conflicts conflicts) {
    this.link = link;
    this.socket = socket;
    this.announced = announced;
    this.lease = lease;
    this.counters = counters;
    this.conflicts = conflicts;
  }

  Network.Link link() {
    return link;
  }

  void start(ThreadFactory factory) {
    Thread listening = factory.newThread(this::listen);
    listening.setName("arp-" + link.name());
    listening.start();
  }

  private void listen() {
    while (!closed) {
      try {
        socket.receive(WAIT).ifPresent(this::react);
      } catch (IOException e) {
        if (!closed) {
          // The link went down; the watch closes this port when it stays so.
          LOG.log(Level.DEBUG, () -> "ARP on " + link.name() + ": " + e.getMessage());
          LockSupport.parkNanos(WAIT.toNanos() / 10);
        }
      }
    }
  }

  private void react(byte[] frame) {
    Reaction reaction =
        Responder.react(
            frame, link.name(), link.mac(), announced.get(), () -> lease.valid(System.nanoTime()));
    switch (reaction) {
      case Reaction.Answer(Address address, ArpPacket reply) -> {
        counters.requested(address);
        if (send(reply)) {
          counters.responded(address);
        }
      }
      case Reaction.Conflict(Address address, Mac claimant) ->
          conflicts.seen(address, claimant, link.name());
      case Reaction.Ignore _ -> {}
    }
  }

  /** Lets the kernel drop what is about other addresses. */
  void listenFor(Announced now) {
    try {
      socket.listenFor(now.concerned());
    } catch (IOException e) {
      LOG.log(Level.WARNING, () -> "filtering ARP on " + link.name() + ": " + e.getMessage());
    }
  }

  /** Says unasked, in both operations, that the address is here. */
  void announce(Address address) {
    if (!lease.valid(System.nanoTime())) {
      // This process was stopped: somebody else may have taken over.
      return;
    }
    for (int operation : new int[] {ArpPacket.REQUEST, ArpPacket.REPLY}) {
      if (send(ArpPacket.gratuitous(operation, link.mac(), address))) {
        counters.gratuitous(address);
      }
    }
  }

  /** Asks whether another station has an address. */
  void probe(Address address) {
    boolean _ = send(ArpPacket.probe(link.mac(), address));
  }

  private boolean send(ArpPacket packet) {
    try {
      socket.send(packet.encode());
      return true;
    } catch (IOException e) {
      LOG.log(Level.DEBUG, () -> "ARP on " + link.name() + ": " + e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
    socket.close();
  }
}
