package dev.ballast.loadbalancer.bgp.message;

import java.util.List;

/** A capability of an OPEN (RFC 5492). */
public sealed interface Capability {
  /** Routes of a family (RFC 4760). */
  record Multiprotocol(AddressFamily family) implements Capability {}

  /** ROUTE-REFRESH is understood (RFC 2918). */
  record RouteRefresh() implements Capability {}

  /** IPv4 routes may have IPv6 next hops (RFC 8950). */
  record ExtendedNextHop(List<Entry> entries) implements Capability {
    /**
     * A family of routes and the AFI of the next hops that they may have.
     *
     * @param nextHopAfi 2 for IPv6
     */
    public record Entry(AddressFamily family, int nextHopAfi) {}

    public ExtendedNextHop {
      entries = List.copyOf(entries);
    }
  }

  /** AS numbers have four octets (RFC 6793). */
  record FourOctetAs(long as) implements Capability {}

  /**
   * The sender keeps forwarding while it restarts (RFC 4724, 8538).
   *
   * @param restarting it has just restarted
   * @param notification a NOTIFICATION starts the procedure too
   * @param seconds how long it may take
   */
  record GracefulRestart(
      boolean restarting, boolean notification, int seconds, List<Forwarding> entries)
      implements Capability {
    /** A family, and whether forwarding was kept. */
    public record Forwarding(AddressFamily family, boolean forwarding) {}

    public GracefulRestart {
      entries = List.copyOf(entries);
    }
  }

  /** One that this speaker does not use; the value is in hexadecimal. */
  record Other(int code, String value) implements Capability {}
}
