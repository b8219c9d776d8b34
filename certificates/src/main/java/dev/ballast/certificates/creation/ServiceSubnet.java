package dev.ballast.certificates.creation;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.pki.AlternativeName;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The addresses of a cluster's services. */
public final class ServiceSubnet {
  private ServiceSubnet() {}

  /**
   * The first address after the network's own, which the kubernetes service has.
   *
   * @param subnets one CIDR, or two separated by a comma
   * @throws CertificatesFailure when it is none
   */
  public static InetAddress firstAddress(String subnets) {
    // Of two families, the first is the one of the kubernetes service.
    String cidr = subnets.split(",", 2)[0].strip();
    int slash = cidr.indexOf('/');
    InetAddress base =
        AlternativeName.address(slash < 0 ? "" : cidr.substring(0, slash))
            .orElseThrow(() -> bad(cidr));
    int bits = base.getAddress().length * 8;
    String length = cidr.substring(slash + 1);
    if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits - 1) {
      throw bad(cidr);
    }
    BigInteger network =
        new BigInteger(1, base.getAddress())
            .shiftRight(bits - Integer.parseInt(length))
            .shiftLeft(bits - Integer.parseInt(length));
    return address(network.add(BigInteger.ONE), bits / 8);
  }

  private static InetAddress address(BigInteger number, int size) {
    byte[] raw = number.toByteArray();
    byte[] bytes = new byte[size];
    byte[] tail = Arrays.copyOfRange(raw, Math.max(0, raw.length - size), raw.length);
    System.arraycopy(tail, 0, bytes, size - tail.length, tail.length);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("size=" + size, e);
    }
  }

  private static CertificatesFailure bad(String cidr) {
    return new CertificatesFailure(
        "networking.serviceSubnet '" + cidr + "' is not a subnet", "write it as 10.96.0.0/12");
  }
}
