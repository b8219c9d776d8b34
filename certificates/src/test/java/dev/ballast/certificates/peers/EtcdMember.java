package dev.ballast.certificates.peers;

import dev.ballast.certificates.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * Debian's etcd as kubeadm starts it: TLS to clients and between members, certificates demanded on
 * both sides.
 *
 * @param name of the member
 * @param layout the certificates of its node
 */
public record EtcdMember(String name, Layout layout, int clientPort, int peerPort, int healthPort) {
  /** The command of the member of such a cluster. */
  public List<String> command(String dataDirectory, List<EtcdMember> cluster) {
    var pki = layout.certificatesDir().resolve("etcd");
    return List.of(
        "etcd",
        "--name=" + name,
        "--data-dir=" + dataDirectory,
        "--listen-client-urls=" + url(clientPort),
        "--advertise-client-urls=" + url(clientPort),
        "--listen-peer-urls=" + url(peerPort),
        "--initial-advertise-peer-urls=" + url(peerPort),
        "--initial-cluster="
            + String.join(",", cluster.stream().map(m -> m.name + "=" + url(m.peerPort)).toList()),
        "--initial-cluster-state=new",
        "--cert-file=" + pki.resolve("server.crt"),
        "--key-file=" + pki.resolve("server.key"),
        "--trusted-ca-file=" + pki.resolve("ca.crt"),
        "--client-cert-auth=true",
        "--peer-cert-file=" + pki.resolve("peer.crt"),
        "--peer-key-file=" + pki.resolve("peer.key"),
        "--peer-trusted-ca-file=" + pki.resolve("ca.crt"),
        "--peer-client-cert-auth=true",
        "--listen-metrics-urls=http://127.0.0.1:" + healthPort,
        "--unsafe-no-fsync=true");
  }

  private static String url(int port) {
    return "https://127.0.0.1:" + port;
  }

  /** One put by a new client with the certificates of a node. */
  public static Peers.Outcome put(Layout client, List<EtcdMember> cluster, String value) {
    var pki = client.certificatesDir();
    var endpoints = cluster.stream().map(member -> url(member.clientPort)).toList();
    var command = new ArrayList<>(List.of("env", "ETCDCTL_API=3", "etcdctl"));
    command.add("--endpoints=" + String.join(",", endpoints));
    command.add("--cacert=" + pki.resolve("etcd/ca.crt"));
    command.add("--cert=" + pki.resolve("apiserver-etcd-client.crt"));
    command.add("--key=" + pki.resolve("apiserver-etcd-client.key"));
    command.addAll(List.of("--dial-timeout=3s", "--command-timeout=5s", "put", "key", value));
    return Peers.run(command);
  }
}
