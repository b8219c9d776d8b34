package dev.ballast.lab.rack;

import java.net.InetAddress;

/** A route: what is within the prefix is reached through the gateway. */
public record Way(InetAddress destination, int prefix, InetAddress gateway) {
  /** From {@code 0.0.0.0/0} and {@code 10.0.0.1}. */
  public static Way of(String destination, String gateway) {
    int slash = destination.indexOf('/');
    return new Way(
        InetAddress.ofLiteral(destination.substring(0, slash)),
        Integer.parseInt(destination.substring(slash + 1)),
        InetAddress.ofLiteral(gateway));
  }
}
