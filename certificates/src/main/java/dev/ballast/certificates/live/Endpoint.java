package dev.ballast.certificates.live;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A port of a control plane or worker.
 *
 * @param component who listens, by the name of its static pod, or kubelet
 * @param address where to ask
 * @param file the certificate that it should serve; empty when it makes one in memory
 */
public record Endpoint(String component, InetSocketAddress address, Optional<Path> file) {
  public static final int API_SERVER = 6443;
  public static final int ETCD_CLIENT = 2379;
  public static final int ETCD_PEER = 2380;
  public static final int KUBELET = 10250;
  public static final int CONTROLLER_MANAGER = 10257;
  public static final int SCHEDULER = 10259;

  /** The ports of a kubeadm node at this host, with the files that kubeadm names in manifests. */
  public static List<Endpoint> ofNode(String host, int apiServerPort, Path pki, Path kubeletPki) {
    return List.of(
        at("kube-apiserver", host, apiServerPort, Optional.of(pki.resolve("apiserver.crt"))),
        at("etcd", host, ETCD_CLIENT, Optional.of(pki.resolve("etcd/server.crt"))),
        at("etcd", host, ETCD_PEER, Optional.of(pki.resolve("etcd/peer.crt"))),
        at("kubelet", host, KUBELET, Optional.of(kubeletServing(kubeletPki))),
        at("kube-controller-manager", host, CONTROLLER_MANAGER, Optional.empty()),
        at("kube-scheduler", host, SCHEDULER, Optional.empty()));
  }

  private static Endpoint at(String component, String host, int port, Optional<Path> file) {
    return new Endpoint(component, new InetSocketAddress(host, port), file);
  }

  /** With serverTLSBootstrap the kubelet keeps a rotated file; without, the self-signed pair. */
  private static Path kubeletServing(Path kubeletPki) {
    var rotated = kubeletPki.resolve("kubelet-server-current.pem");
    return java.nio.file.Files.exists(rotated) ? rotated : kubeletPki.resolve("kubelet.crt");
  }
}
