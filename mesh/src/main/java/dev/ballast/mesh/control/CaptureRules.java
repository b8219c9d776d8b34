package dev.ballast.mesh.control;

/** Rules of nftables that lead the traffic of a namespace through a proxy in it. */
public final class CaptureRules {
  private static final int OUTBOUND = 15_001;
  private static final int INBOUND = 15_006;

  private CaptureRules() {}

  /**
   * Returns rules for {@code nft -f}: TCP that leaves goes to the proxy, except the proxy's own and
   * what stays on the machine; TCP that comes goes to it, except its own ports and SSH.
   *
   * @param proxyUser the user that the proxy runs as
   */
  public static String nftables(int proxyUser) {
    return """
    table inet ballast_mesh
    delete table inet ballast_mesh
    table inet ballast_mesh {
      chain outbound {
        type nat hook output priority -100; policy accept;
        meta l4proto != tcp accept
        meta skuid %1$d accept
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        oifname "lo" accept
        tcp dport 53 accept
        meta l4proto tcp redirect to :%2$d
      }
      chain inbound {
        type nat hook prerouting priority -100; policy accept;
        meta l4proto != tcp accept
        iifname "lo" accept
        tcp dport { 22, 15000, 15001, 15006, 15010, 15012, 15014, 15020, 15021, 15090 } accept
        meta l4proto tcp redirect to :%3$d
      }
    }
    """
        .formatted(proxyUser, OUTBOUND, INBOUND);
  }
}
