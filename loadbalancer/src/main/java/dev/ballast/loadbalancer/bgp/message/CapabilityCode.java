package dev.ballast.loadbalancer.bgp.message;

/** Codes of capabilities, as IANA lists them. */
final class CapabilityCode {
  static final int MULTIPROTOCOL = 1;
  static final int ROUTE_REFRESH = 2;
  static final int EXTENDED_NEXT_HOP = 5;
  static final int GRACEFUL_RESTART = 64;
  static final int FOUR_OCTET_AS = 65;

  private CapabilityCode() {}
}
