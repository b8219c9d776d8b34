package dev.ballast.loadbalancer.bgp.message;

import dev.ballast.loadbalancer.address.Cidr;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A BGP message. */
public sealed interface Message {
  /** Length of the header, and of the shortest message. */
  int HEADER = 19;

  /** The longest message (RFC 4271 section 4). */
  int LONGEST = 4096;

  /** Stands in the two octets of an AS number that needs four (RFC 6793). */
  int AS_TRANS = 23456;

  /**
   * Opens a session.
   *
   * @param as the sender's AS number, of four octets if the capability is there
   * @param holdTime in seconds: 0, or 3 to 65535
   * @param identifier the router ID, as a number of 32 bits
   */
  record Open(long as, int holdTime, int identifier, List<Capability> capabilities)
      implements Message {
    public Open {
      capabilities = List.copyOf(capabilities);
    }

    /** Returns whether a capability of that kind is offered. */
    public boolean offers(Class<? extends Capability> kind) {
      return capabilities.stream().anyMatch(kind::isInstance);
    }

    /** Returns the families of routes; IPv4 where the sender names none (RFC 4760 section 8). */
    public Set<AddressFamily> families() {
      Set<AddressFamily> families = new LinkedHashSet<>();
      for (Capability capability : capabilities) {
        if (capability instanceof Capability.Multiprotocol(AddressFamily family)) {
          families.add(family);
        }
      }
      return families.isEmpty() ? Set.of(AddressFamily.IPV4_UNICAST) : families;
    }

    /** Returns whether IPv4 routes may have IPv6 next hops. */
    public boolean offersIpv6NextHops() {
      return capabilities.stream()
          .anyMatch(capability ->
              capability instanceof Capability.ExtendedNextHop(var entries)
                  && entries.contains(
                      new Capability.ExtendedNextHop.Entry(AddressFamily.IPV4_UNICAST, 2)));
    }
  }

  /**
   * Announces and withdraws routes.
   *
   * @param attributes present when routes are announced
   * @param endOfRib the family whose initial routes have all been sent (RFC 4724 section 2)
   * @param discarded what was wrong with attributes, and what was done about it (RFC 7606); such
   *     routes are among the withdrawn
   */
  record Update(
      List<Cidr> withdrawn,
      List<Cidr> announced,
      Optional<PathAttributes> attributes,
      Optional<AddressFamily> endOfRib,
      List<String> discarded)
      implements Message {
    public Update {
      withdrawn = List.copyOf(withdrawn);
      announced = List.copyOf(announced);
      discarded = List.copyOf(discarded);
    }

    /** Returns the marker for the end of a family's initial routes. */
    public static Update endOfRib(AddressFamily family) {
      return new Update(List.of(), List.of(), Optional.empty(), Optional.of(family), List.of());
    }
  }

  /** Ends a session. */
  record Notification(int code, int subcode, byte[] data) implements Message {
    private static final int LONGEST_TEXT = 255;

    /** Returns the notification for a fault. */
    public static Notification of(Fault fault, byte... data) {
      return new Notification(fault.code(), fault.subcode(), data);
    }

    /**
     * Returns a Cease with a text for the peer's operator (RFC 9003), which ends at a whole
     * character within 255 bytes.
     */
    public static Notification cease(Fault fault, String text) {
      int end = text.length();
      while (text.substring(0, end).getBytes(StandardCharsets.UTF_8).length > LONGEST_TEXT) {
        end = text.offsetByCodePoints(end, -1);
      }
      byte[] bytes = text.substring(0, end).getBytes(StandardCharsets.UTF_8);
      byte[] data = new byte[bytes.length + 1];
      data[0] = (byte) bytes.length;
      System.arraycopy(bytes, 0, data, 1, bytes.length);
      return of(fault, data);
    }

    /** Returns the text that an administrative Cease carries; empty without one. */
    public Optional<String> communication() {
      boolean administrative =
          code == Fault.ADMINISTRATIVE_SHUTDOWN.code()
              && (subcode == Fault.ADMINISTRATIVE_SHUTDOWN.subcode()
                  || subcode == Fault.ADMINISTRATIVE_RESET.subcode());
      if (!administrative || data.length < 2 || (data[0] & 0xff) > data.length - 1) {
        return Optional.empty();
      }
      return Optional.of(new String(data, 1, data[0] & 0xff, StandardCharsets.UTF_8));
    }

    /** Returns what it means, with the sender's text if there is one. */
    public String text() {
      String meaning = Fault.of(code, subcode).map(Fault::text).orElse("error");
      // The text is the peer's: control characters would break a log line.
      String said =
          communication().map(text -> ": " + text.replaceAll("\\p{Cntrl}", " ")).orElse("");
      return "%s (%d/%d)%s".formatted(meaning, code, subcode, said);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Notification that
          && code == that.code
          && subcode == that.subcode
          && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * code + subcode) + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
      return "Notification[" + text() + ", data=" + HexFormat.of().formatHex(data) + "]";
    }
  }

  /** Says that the sender is alive. */
  record Keepalive() implements Message {}

  /**
   * Asks for all routes of a family again.
   *
   * @param subtype 0 for a request, 1 and 2 for the borders of an answer (RFC 7313)
   */
  record RouteRefresh(AddressFamily family, int subtype) implements Message {}
}
