package dev.ballast.loadbalancer.controller;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.allocation.Decision.Verdict;
import dev.ballast.loadbalancer.allocation.Notice;
import java.util.List;
import java.util.stream.Collectors;

/** A decision as text for a person. */
public final class Explanation {
  private Explanation() {}

  /** In one line. */
  public static String line(Decision decision) {
    return decision.service() + ": " + verdict(decision.verdict());
  }

  /** With every pool that lost, and what was told. */
  public static String of(Decision decision) {
    StringBuilder text = new StringBuilder(line(decision)).append('\n');
    for (Decision.Loser loser : decision.losers()) {
      text.append("  not pool ").append(loser.candidate()).append(": ");
      text.append(loser.reason()).append('\n');
    }
    for (Notice notice : decision.notices()) {
      text.append("  event ").append(notice.warning() ? "Warning " : "Normal ");
      text.append(notice.reason()).append(": ").append(notice.message()).append('\n');
    }
    return text.toString();
  }

  private static String verdict(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Given(List<Address> addresses, String pool, Decision.Because because) ->
          "%s of pool %s, because %s".formatted(text(addresses), pool, because);
      case Verdict.Refused(String why) -> "no address: " + why;
      case Verdict.Cleared(String reason) -> "no address wanted: " + reason;
      case Verdict.Undecided(List<Address> held, String why) ->
          "undecided, it has " + text(held) + ": " + why;
      case Verdict.NotOurs(String why) -> "not ours: " + why;
    };
  }

  private static String text(List<Address> addresses) {
    return addresses.isEmpty()
        ? "nothing"
        : addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
  }
}
