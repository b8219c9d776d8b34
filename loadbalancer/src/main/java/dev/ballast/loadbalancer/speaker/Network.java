package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The links of this node, as a speaker needs them. */
public interface Network extends AutoCloseable {
  /** An interface. */
  record Link(int index, String name, Mac mac, boolean up, boolean arp, boolean hasMaster) {}

  /** The interfaces that there are now. */
  List<Link> links() throws IOException;

  /**
   * Waits until interfaces may have changed; false when the time passed without. Changes since the
   * last call are not lost.
   */
  boolean awaitChange(Duration timeout) throws IOException;

  /** Opens an interface for ARP. */
  ArpSocket open(Link link) throws IOException;

  /** ARP on one interface. One thread at a time receives; any may send or close. */
  interface ArpSocket extends AutoCloseable {
    /** From now on only packets about these addresses need to be received. */
    void listenFor(Set<Address> addresses) throws IOException;

    /** The next frame, from the destination address on; empty when the time passed. */
    Optional<byte[]> receive(Duration timeout) throws IOException;

    void send(byte[] frame) throws IOException;

    @Override
    void close();
  }

  @Override
  void close();
}
