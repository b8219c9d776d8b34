package dev.ballast.loadbalancer.bgp.message;

/** Type codes and flags of path attributes. */
final class Attribute {
  static final int ORIGIN = 1;
  static final int AS_PATH = 2;
  static final int NEXT_HOP = 3;
  static final int MED = 4;
  static final int LOCAL_PREF = 5;
  static final int ATOMIC_AGGREGATE = 6;
  static final int AGGREGATOR = 7;
  static final int COMMUNITIES = 8;
  static final int ORIGINATOR_ID = 9;
  static final int CLUSTER_LIST = 10;
  static final int MP_REACH = 14;
  static final int MP_UNREACH = 15;
  static final int AS4_PATH = 17;
  static final int LARGE_COMMUNITIES = 32;

  static final int OPTIONAL = 0x80;
  static final int TRANSITIVE = 0x40;
  static final int PARTIAL = 0x20;
  static final int EXTENDED = 0x10;

  static final int AS_SET = 1;
  static final int AS_SEQUENCE = 2;

  private Attribute() {}
}
