package dev.ballast.bootstrap.join;

import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.machine.KubeletUnit;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.bootstrap.preflight.Preflight;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * What the steps of one {@code join} share.
 *
 * @param join JoinConfiguration with everything filled in
 * @param cni {@code bridge} or {@code none}
 * @param discovered the cluster, once it was found
 */
public record JoinRun(
    Map<String, Object> join,
    NodeFiles files,
    boolean dry,
    String cni,
    KubeletUnit kubelet,
    Optional<Path> kubeletLog,
    String hostName,
    Preflight preflight,
    Consumer<String> narration,
    AtomicReference<Discovered> discovered) {

  void say(String line) {
    narration.accept(line);
  }

  String nodeName() {
    return Data.text(join, "nodeRegistration", "name");
  }

  Path caFile() {
    Path file = Path.of(Data.text(join, "caCertPath"));
    return dry ? files.pki().resolve("ca.crt") : file;
  }

  java.util.List<dev.ballast.bootstrap.config.Settings.Argument> arguments() {
    return Data.mapsAt(join, "nodeRegistration", "kubeletExtraArgs").stream()
        .map(argument ->
            new dev.ballast.bootstrap.config.Settings.Argument(
                Data.text(argument, "name"), Data.text(argument, "value")))
        .toList();
  }

  /** Returns the cluster; looks for it the first time. */
  Discovered cluster() {
    Discovered found = discovered.get();
    if (found == null) {
      found = Discovery.of(join, this::say).find();
      discovered.set(found);
    }
    return found;
  }

  /** Returns the documents of a file that this command reads. */
  public static boolean isForJoin(ConfigurationFile file) {
    return file.has("JoinConfiguration");
  }
}
