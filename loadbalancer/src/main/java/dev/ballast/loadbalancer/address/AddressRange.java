package dev.ballast.loadbalancer.address;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * All addresses from {@code first} to {@code last}, both included: what an entry of a pool's {@code
 * addresses} names.
 */
public record AddressRange(Address first, Address last) {

  public AddressRange {
    if (first.family() != last.family() || first.compareTo(last) > 0) {
      throw new IllegalArgumentException("first=" + first + " last=" + last);
    }
  }

  /** What an entry of a pool names, or why it names nothing, in the words of the original. */
  public sealed interface Parsed {
    record Range(AddressRange range) implements Parsed {}

    record Problem(String text) implements Parsed {}
  }

  /**
   * Reads {@code 192.0.2.0/28} or {@code 192.0.2.10-192.0.2.20}; host bits of a CIDR are ignored.
   */
  public static Parsed parse(String text) {
    return text.contains("-") ? parseFromTo(text) : parseCidr(text);
  }

  private static Parsed parseFromTo(String text) {
    String[] ends = text.split("-", 2);
    String startText = ends[0].strip();
    String endText = ends[1].strip();
    var start = Address.parse(startText);
    if (start.isEmpty()) {
      return invalidRange(text, "invalid start IP " + quoted(startText));
    }
    var end = Address.parse(endText);
    if (end.isEmpty()) {
      return invalidRange(text, "invalid end IP " + quoted(endText));
    }
    if (start.get().family() != end.get().family()) {
      return invalidRange(
          text,
          "start IP "
              + quoted(startText)
              + " and end IP "
              + quoted(endText)
              + " are of different families");
    }
    if (start.get().compareTo(end.get()) > 0) {
      return invalidRange(
          text, "start IP " + quoted(startText) + " is after the end IP " + quoted(endText));
    }
    return new Parsed.Range(new AddressRange(start.get(), end.get()));
  }

  private static Parsed parseCidr(String text) {
    int slash = text.indexOf('/');
    if (slash > 0) {
      var address = Address.parse(text.substring(0, slash));
      int length = prefixLength(text.substring(slash + 1));
      if (address.isPresent() && length >= 0 && length <= address.get().family().bits()) {
        return new Parsed.Range(
            new AddressRange(address.get().networkOf(length), address.get().broadcastOf(length)));
      }
    }
    return new Parsed.Problem("invalid CIDR " + quoted(text));
  }

  private static int prefixLength(String text) {
    boolean digits =
        !text.isEmpty() && text.length() <= 3 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return digits ? Integer.parseInt(text) : -1;
  }

  private static Parsed invalidRange(String text, String why) {
    return new Parsed.Problem("invalid IP range " + quoted(text) + ": " + why);
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  public Family family() {
    return first.family();
  }

  public boolean contains(Address address) {
    return address.family() == family()
        && first.compareTo(address) <= 0
        && address.compareTo(last) <= 0;
  }

  public boolean overlaps(AddressRange other) {
    return family() == other.family()
        && first.compareTo(other.last) <= 0
        && other.first.compareTo(last) <= 0;
  }

  /** How many addresses there are. */
  public BigInteger size() {
    return number(last).subtract(number(first)).add(BigInteger.ONE);
  }

  /**
   * How many addresses there are that do not {@linkplain Address#confusesBuggyFirmware confuse}.
   */
  public BigInteger sizeWithoutBuggy() {
    return family() == Family.IPV6
        ? size()
        : size().subtract(BigInteger.valueOf(buggyUpTo(last.low()) - buggyUpTo(first.low() - 1)));
  }

  /** How many IPv4 addresses up to and including this number end in 0 or 255; none below zero. */
  private static long buggyUpTo(long number) {
    return number < 0 ? 0 : (number >> 8) * 2 + 1 + ((number & 0xff) == 0xff ? 1 : 0);
  }

  private static BigInteger number(Address address) {
    return new BigInteger(1, address.bytes());
  }

  /** The fewest CIDR blocks that cover the range exactly, in ascending order. */
  public List<Cidr> cidrs() {
    List<Cidr> blocks = new ArrayList<>();
    Address at = first;
    while (true) {
      int length = Math.max(family().bits() - at.trailingZeros(), 0);
      while (at.broadcastOf(length).compareTo(last) > 0) {
        length++;
      }
      blocks.add(new Cidr(at, length));
      Address end = at.broadcastOf(length);
      if (end.equals(last)) {
        return List.copyOf(blocks);
      }
      at = end.next().orElseThrow();
    }
  }

  /** The range as a person wrote or would write it: a CIDR where it is one, else both ends. */
  @Override
  public String toString() {
    List<Cidr> blocks = cidrs();
    return blocks.size() == 1 ? blocks.getFirst().toString() : first + "-" + last;
  }
}
