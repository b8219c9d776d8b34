package dev.ballast.certificates.live;

import java.net.InetSocketAddress;
import java.nio.file.Path;
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
}
