package dev.ballast.certificates.staticpods;

import dev.ballast.certificates.live.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The ports of a node as its manifests set them, with the files that they were told to serve. */
public final class Endpoints {
  private static final Pattern URL = Pattern.compile("https://(\\[[^\\]]+\\]|[^:/,]+):(\\d{1,5})");

  private final UnaryOperator<Path> reach;
  private final List<Endpoint> endpoints = new ArrayList<>();

  private Endpoints(UnaryOperator<Path> reach) {
    this.reach = reach;
  }

  /**
   * The ports of the given pods, and of the kubelet when it keeps certificates here.
   *
   * @param reach turns a path of a manifest into one of this machine
   */
  public static List<Endpoint> of(
      List<StaticPod> pods, Path kubeletPki, UnaryOperator<Path> reach) {
    var all = new Endpoints(reach);
    pods.forEach(all::add);
    if (Files.isDirectory(kubeletPki)) {
      all.add("kubelet", "", Endpoint.KUBELET, Optional.of(kubeletServing(kubeletPki)));
    }
    return all.endpoints.stream().distinct().toList();
  }

  private void add(StaticPod pod) {
    switch (pod.name()) {
      case "kube-apiserver" -> addServing(pod, Endpoint.API_SERVER);
      case "kube-controller-manager" -> addServing(pod, Endpoint.CONTROLLER_MANAGER);
      case "kube-scheduler" -> addServing(pod, Endpoint.SCHEDULER);
      case "etcd" -> {
        addUrls(pod, "listen-client-urls", file(pod, "cert-file"));
        addUrls(pod, "listen-peer-urls", file(pod, "peer-cert-file"));
      }
      default -> {
        // Somebody's own static pod: nothing is known about what it serves.
      }
    }
  }

  private void addServing(StaticPod pod, int usualPort) {
    var port = pod.flags().getOrDefault("secure-port", "");
    add(
        pod.name(),
        pod.flags().getOrDefault("bind-address", ""),
        port.matches("\\d{1,5}") ? Integer.parseInt(port) : usualPort,
        file(pod, "tls-cert-file"));
  }

  private void addUrls(StaticPod pod, String flag, Optional<Path> file) {
    var url = URL.matcher(pod.flags().getOrDefault(flag, ""));
    while (url.find()) {
      var host = url.group(1).replaceAll("[\\[\\]]", "");
      add(pod.name(), host, Integer.parseInt(url.group(2)), file);
    }
  }

  private Optional<Path> file(StaticPod pod, String flag) {
    return Optional.ofNullable(pod.flags().get(flag)).map(Path::of).map(reach);
  }

  private void add(String component, String host, int port, Optional<Path> file) {
    endpoints.add(new Endpoint(component, new InetSocketAddress(address(host), port), file));
  }

  /** Addresses are literals in manifests; what is none, or means all of them, is asked here. */
  private static InetAddress address(String host) {
    try {
      var literal = host.isEmpty() ? InetAddress.getLoopbackAddress() : InetAddress.ofLiteral(host);
      return literal.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : literal;
    } catch (IllegalArgumentException e) {
      return loopback(host);
    }
  }

  private static InetAddress loopback(String host) {
    try {
      return InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** With serverTLSBootstrap the kubelet keeps a rotated file; without, the self-signed pair. */
  private static Path kubeletServing(Path kubeletPki) {
    var rotated = kubeletPki.resolve("kubelet-server-current.pem");
    return Files.exists(rotated) ? rotated : kubeletPki.resolve("kubelet.crt");
  }
}
