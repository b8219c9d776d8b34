package dev.ballast.loadbalancer.allocation;

import dev.ballast.loadbalancer.address.Address;
import java.util.List;

/**
 * What becomes of one service, and why.
 *
 * @param losers every pool that the addresses do not come from, and the reason
 * @param notices what to tell, in order
 */
public record Decision(
    ServiceName service, Verdict verdict, List<Loser> losers, List<Notice> notices) {

  public Decision {
    losers = List.copyOf(losers);
    notices = List.copyOf(notices);
  }

  /** A candidate that was not chosen. */
  public record Loser(String candidate, String reason) {}

  /** Why these addresses. */
  public enum Because {
    HELD("the service has held it, and it is still allowed"),
    HELD_FROM_PAUSED_POOL("the service has held it, and what its pool now says is not valid"),
    REQUESTED_ADDRESSES("the service asks for it"),
    REQUESTED_POOL("it is the first free one of the pool that the service asks for"),
    PINNED_POOL("it is the first free one of a pool that is reserved for such services"),
    OPEN_POOL("it is the first free one of a pool that is for every service");

    private final String text;

    Because(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** The outcome. */
  public sealed interface Verdict {
    /** It has these addresses of this pool, the primary family's first. */
    record Given(List<Address> addresses, String pool, Because because) implements Verdict {
      public Given {
        addresses = List.copyOf(addresses);
      }
    }

    /** It should have an address and can not: what it held is taken. */
    record Refused(String why) implements Verdict {}

    /** It is not to have an address: what it held is taken. The reason is the original's word. */
    record Cleared(String reason) implements Verdict {}

    /** It asks for something contradictory: what it held is neither confirmed nor taken. */
    record Undecided(List<Address> held, String why) implements Verdict {
      public Undecided {
        held = List.copyOf(held);
      }
    }

    /** Somebody else looks after it; it is not touched. */
    record NotOurs(String why) implements Verdict {}
  }

  /** The addresses that the service has now. */
  public List<Address> addresses() {
    return switch (verdict) {
      case Verdict.Given given -> given.addresses();
      case Verdict.Undecided undecided -> undecided.held();
      case Verdict.Refused _, Verdict.Cleared _, Verdict.NotOurs _ -> List.of();
    };
  }
}
