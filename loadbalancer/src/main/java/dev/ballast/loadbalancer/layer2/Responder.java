package dev.ballast.loadbalancer.layer2;

import dev.ballast.loadbalancer.address.Address;
import java.util.function.BooleanSupplier;

/** What to do about an ARP packet that arrived on an interface: a pure function. */
public final class Responder {
  private Responder() {}

  /** What is announced, as one interface sees it. */
  public interface Announced {
    /** Whether the address is announced by this speaker at all. */
    boolean has(Address address);

    /** Whether it is announced on this interface. */
    boolean on(Address address, String link);

    /** Whether it matters who else says that it has the address. */
    boolean watched(Address address);
  }

  /** Why a packet is not answered. */
  public enum Ignored {
    MALFORMED,
    NOT_A_REQUEST,
    NOT_FOR_US,
    NOT_ANNOUNCED,
    INTERFACE_NOT_SELECTED,
    LEASE_EXPIRED
  }

  /** What to do. */
  public sealed interface Reaction {
    record Answer(Address address, ArpPacket reply) implements Reaction {}

    record Ignore(Ignored why) implements Reaction {}

    /** Another station says that it has an address which this speaker announces or wants to. */
    record Conflict(Address address, Mac claimant) implements Reaction {}
  }

  /**
   * Decides.
   *
   * @param own the interface's address
   * @param leaseValid asked last, right before an answer
   */
  public static Reaction react(
      byte[] frame, String link, Mac own, Announced announced, BooleanSupplier leaseValid) {
    var decoded = ArpPacket.decode(frame);
    if (decoded.isEmpty()) {
      return new Reaction.Ignore(Ignored.MALFORMED);
    }
    ArpPacket packet = decoded.get();
    boolean claimed =
        !packet.senderMac().equals(own)
            && !packet.senderMac().equals(Mac.ZERO)
            && announced.watched(packet.sender());
    if (claimed) {
      return new Reaction.Conflict(packet.sender(), packet.senderMac());
    }
    if (packet.operation() != ArpPacket.REQUEST) {
      return new Reaction.Ignore(Ignored.NOT_A_REQUEST);
    }
    if (!packet.destination().equals(Mac.BROADCAST) && !packet.destination().equals(own)) {
      return new Reaction.Ignore(Ignored.NOT_FOR_US);
    }
    if (!announced.has(packet.target())) {
      return new Reaction.Ignore(Ignored.NOT_ANNOUNCED);
    }
    if (!announced.on(packet.target(), link)) {
      return new Reaction.Ignore(Ignored.INTERFACE_NOT_SELECTED);
    }
    return leaseValid.getAsBoolean()
        ? new Reaction.Answer(packet.target(), packet.answer(own))
        : new Reaction.Ignore(Ignored.LEASE_EXPIRED);
  }
}
