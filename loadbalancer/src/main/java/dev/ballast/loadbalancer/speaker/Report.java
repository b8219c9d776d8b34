package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Mac;
import java.util.Optional;
import java.util.Set;

/** Whom a speaker tells what happens. Called on the speaker's thread; must not block for long. */
public interface Report {
  /** It answers for a service now, on these interfaces; empty for all. */
  void answering(Standing.Answering standing);

  /** It answered for a service and does not any more. */
  void withdrawn(Standing.Silent standing);

  /** It is elected and has none of the interfaces that are asked for. */
  void noSuchInterface(String service, Address address, Set<String> wanted);

  /** A note about a service that it announces or would announce. */
  void note(String service, String text);

  /** Another station says that it has an address which this speaker answers for. */
  void conflict(Address address, Mac claimant, String link);

  /**
   * Another station has an address that this speaker was to answer for, so that it does not.
   *
   * @param node the node of that station, if it is a speaker whose heartbeats do not arrive
   */
  void fenced(String service, Address address, Mac claimant, String link, Optional<String> node);

  /**
   * Every node that could announce a service is labelled to be excluded; it is announced anyway.
   */
  void labelIgnored(String service);
}
