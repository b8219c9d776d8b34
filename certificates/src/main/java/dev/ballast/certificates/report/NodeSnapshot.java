package dev.ballast.certificates.report;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.staticpods.StaticPod;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node as it was at one moment: all that the report is decided from.
 *
 * @param controlPlane whether it runs a control plane; a worker has little of this
 * @param authorities the certificates of each authority that could be read
 * @param serviceAccount what is wrong with sa.key and sa.pub
 * @param writableByAll files and directories that everybody may change
 * @param pods the static pods of its manifests
 * @param ports what its ports served; empty when nobody asked
 * @param addresses the addresses of its interfaces; empty when they are not known, as for an image
 * @param newestFile when a file of the PKI was changed last
 */
public record NodeSnapshot(
    String node,
    Instant taken,
    boolean controlPlane,
    List<Item> items,
    Map<Authority, List<X509Certificate>> authorities,
    List<Finding> serviceAccount,
    List<Path> writableByAll,
    List<StaticPod> pods,
    List<LivePort> ports,
    Set<InetAddress> addresses,
    Optional<Instant> newestFile) {
  public NodeSnapshot {
    items = List.copyOf(items);
    authorities = Map.copyOf(authorities);
    serviceAccount = List.copyOf(serviceAccount);
    writableByAll = List.copyOf(writableByAll);
    pods = List.copyOf(pods);
    ports = List.copyOf(ports);
    addresses = Set.copyOf(addresses);
  }

  /** The same with what was seen on the wire. */
  public NodeSnapshot withLive(List<LivePort> seen, Set<InetAddress> own) {
    return new NodeSnapshot(
        node,
        taken,
        controlPlane,
        items,
        authorities,
        serviceAccount,
        writableByAll,
        pods,
        seen,
        own,
        newestFile);
  }
}
