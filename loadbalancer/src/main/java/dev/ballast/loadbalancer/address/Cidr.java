package dev.ballast.loadbalancer.address;

/** A block of addresses that share a prefix. */
public record Cidr(Address network, int prefixLength) {

  public Cidr {
    if (!network.equals(network.networkOf(prefixLength))) {
      throw new IllegalArgumentException("network=" + network + " prefixLength=" + prefixLength);
    }
  }

  /** Returns the block of this length that an address lies in. */
  public static Cidr containing(Address address, int prefixLength) {
    return new Cidr(address.networkOf(prefixLength), prefixLength);
  }

  public AddressRange range() {
    return new AddressRange(network, network.broadcastOf(prefixLength));
  }

  @Override
  public String toString() {
    return network + "/" + prefixLength;
  }
}
