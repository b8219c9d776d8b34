package dev.ballast.loadbalancer.address;

/** An IP address family. */
public enum Family {
  IPV4("IPv4", 32),
  IPV6("IPv6", 128);

  private final String text;
  private final int bits;

  Family(String text, int bits) {
    this.text = text;
    this.bits = bits;
  }

  /** How many bits an address of this family has. */
  public int bits() {
    return bits;
  }

  /** The other family. */
  public Family other() {
    return this == IPV4 ? IPV6 : IPV4;
  }

  /** As Kubernetes writes it in {@code ipFamilies}. */
  @Override
  public String toString() {
    return text;
  }
}
