package dev.ballast.certificates.rollout;

import dev.ballast.certificates.live.LivePort;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.staticpods.Endpoints;
import dev.ballast.certificates.staticpods.Manifests;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.StalePod;
import dev.ballast.certificates.staticpods.StaticPod;
import dev.ballast.certificates.staticpods.StaticPods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The living node: its files, what its ports serve, and the means to restart what runs there. */
public record Machine(
    NodeFiles files,
    LivePorts ports,
    StaticPods restarts,
    KubeletService kubelet,
    Patience patience) {

  /** The static pods of the manifests. */
  public List<StaticPod> pods() {
    return StaticPods.inOrder(Manifests.read(files.manifests()));
  }

  /** What the ports of these pods, and of the kubelet, serve now. */
  public List<LivePort> look(List<StaticPod> pods) {
    return ports.look(Endpoints.of(pods, files.kubeletPki(), files::reach));
  }

  /** Those of the pods that still use an old certificate. */
  public List<StalePod> stale(List<StaticPod> pods) {
    return StalePod.among(pods, look(pods), changed(pods));
  }

  private Map<Path, Instant> changed(List<StaticPod> pods) {
    var changed = new HashMap<Path, Instant>();
    for (var pod : pods) {
      for (var file : pod.readOnce()) {
        changedAt(files.reach(file)).ifPresent(at -> changed.put(file, at));
      }
    }
    return changed;
  }

  /** A file that is not there is the report's business, not a reason to restart. */
  private static Optional<Instant> changedAt(Path file) {
    try {
      return Optional.of(Files.getLastModifiedTime(file).toInstant());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
