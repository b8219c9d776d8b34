package dev.ballast.bootstrap.init;

import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.cluster.ClusterObjects;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.YamlText;
import dev.ballast.bootstrap.machine.KubeletUnit;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.preflight.Preflight;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the steps of one {@code init} share.
 *
 * @param settings of the node
 * @param files where they are written
 * @param dry whether nothing but files is made, in a directory of their own
 * @param cni the network: {@code bridge}, {@code none}, or a file
 * @param kubeletLog where the kubelet's log is when there is no journal
 * @param narration told of each step, on standard output
 * @param objects in a dry run, those that would be written
 */
public record InitRun(
    Settings settings,
    NodeFiles files,
    boolean dry,
    String cni,
    KubeletUnit kubelet,
    Optional<Path> kubeletLog,
    String hostName,
    Preflight preflight,
    KeyForge forge,
    Instant start,
    boolean skipTokenPrint,
    Consumer<String> narration,
    List<Map<String, Object>> objects) {

  public InitRun {
    objects = new ArrayList<>(objects);
  }

  void say(String line) {
    narration.accept(line);
  }

  ClusterObjects clusterObjects() {
    return new ClusterObjects(settings);
  }

  Layout layout() {
    return new Layout(files.pki(), files.kubernetes());
  }

  ClusterCreation creation() {
    return new ClusterCreation(
        settings.certificates(),
        layout(),
        new Release(Math.min(settings.version().minor(), Release.LATEST.minor())),
        forge,
        start,
        narration);
  }

  /** Returns the API server, asked as the administrator. */
  KubeApi api() {
    return KubeApi.of(Kubeconfig.read(files.kubeconfig("admin.conf")), Duration.ofSeconds(10));
  }

  /** Writes objects into the cluster; in a dry run, into the list of those. */
  void apply(List<Map<String, Object>> wanted) {
    if (dry) {
      objects.addAll(wanted);
      NodeFiles.write(
          files.kubernetes().resolve("objects.yaml"), YamlText.ofAll(objects), PkiFiles.SECRET);
      return;
    }
    KubeApi api = api();
    wanted.forEach(api::apply);
  }
}
