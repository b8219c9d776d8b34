package dev.ballast.loadbalancer.allocation;

/** A port of a service: two services that share an address must not have one in common. */
public record Port(String protocol, int number) {
  @Override
  public String toString() {
    return protocol + "/" + number;
  }
}
