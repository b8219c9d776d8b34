package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Election;
import dev.ballast.loadbalancer.layer2.Withdrawal;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How one speaker stands to one service, and why. */
public sealed interface Standing {
  String service();

  /**
   * It answers for it.
   *
   * @param links the interfaces; empty for all
   * @param handingOver whether another one is elected that does not answer yet
   */
  record Answering(
      String service,
      List<Address> addresses,
      Set<String> links,
      boolean handingOver,
      Election election,
      List<String> notes)
      implements Standing {}

  /** It does not; the election is there when there was one. */
  record Silent(
      String service, Withdrawal word, String why, Optional<Election> election, List<String> notes)
      implements Standing {}
}
