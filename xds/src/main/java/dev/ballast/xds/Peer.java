package dev.ballast.xds;

import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Who is at the other end of a connection.
 *
 * @param certificates what it proved to have by TLS, its own first; empty without TLS or without
 *     one
 * @param bearer the token that it sent; never logged
 */
public record Peer(
    SocketAddress address, List<X509Certificate> certificates, Optional<String> bearer) {
  public Peer {
    certificates = List.copyOf(certificates);
  }

  @Override
  public String toString() {
    return "Peer[address=" + address + ", certificates=" + certificates.size() + "]";
  }
}
