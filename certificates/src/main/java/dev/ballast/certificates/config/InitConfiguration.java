package dev.ballast.certificates.config;

import dev.ballast.pki.AlternativeName;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * kubeadm's InitConfiguration together with its ClusterConfiguration: what the certificates of one
 * node are made from.
 *
 * @param cluster what all nodes share
 * @param nodeName the name in etcd's and the kubelet's certificates
 * @param advertiseAddress the address of the API server on this node
 * @param bindPort its port
 */
public record InitConfiguration(
    ClusterConfiguration cluster, String nodeName, InetAddress advertiseAddress, int bindPort) {
  public static final int DEFAULT_PORT = 6443;

  /** The URL of the API server on this node. */
  public String localServer() {
    return "https://" + hostPort(advertiseAddress.getHostAddress(), bindPort);
  }

  /** The URL that clients use: the endpoint of the control plane where there is one. */
  public String server() {
    return cluster.controlPlaneEndpoint().isEmpty()
        ? localServer()
        : "https://" + Endpoint.parse(cluster.controlPlaneEndpoint(), bindPort).hostPort();
  }

  private String hostPort(String host, int port) {
    return advertiseAddress instanceof Inet6Address
        ? "[" + AlternativeName.ip(advertiseAddress).text() + "]:" + port
        : host + ":" + port;
  }

  public InitConfiguration withCluster(ClusterConfiguration replaced) {
    return new InitConfiguration(replaced, nodeName, advertiseAddress, bindPort);
  }
}
