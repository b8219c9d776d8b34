package dev.ballast.mesh.envoy;

/** Names that Istio gives to what it makes. */
public final class Names {
  public static final String BLACK_HOLE = "BlackHoleCluster";
  public static final String PASSTHROUGH = "PassthroughCluster";
  public static final String INBOUND_PASSTHROUGH = "InboundPassthroughCluster";
  public static final String VIRTUAL_OUTBOUND = "virtualOutbound";
  public static final String VIRTUAL_INBOUND = "virtualInbound";
  public static final String ALLOW_ANY = "allow_any";
  public static final String BLOCK_ALL = "block_all";

  private Names() {}

  public static String outbound(int port, String subset, String host) {
    return "outbound|" + port + "|" + subset + "|" + host;
  }

  static String inbound(int port) {
    return "inbound|" + port + "||";
  }

  /** Returns the server name by which an endpoint of the mesh knows what is asked for. */
  static String sni(int port, String subset, String host) {
    return "outbound_." + port + "_." + subset + "_." + host;
  }

  static String config(String kind, String namespace, String name) {
    return "/apis/networking.istio.io/v1/namespaces/" + namespace + "/" + kind + "/" + name;
  }
}
