package dev.ballast.bootstrap.reset;

import dev.ballast.bootstrap.machine.KubeletUnit;
import dev.ballast.bootstrap.machine.NodeFiles;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What the steps of one {@code reset} share.
 *
 * @param etcdData the data of a local etcd
 * @param dry whether only to say what would be done
 */
public record ResetRun(
    NodeFiles files, Path etcdData, boolean dry, KubeletUnit kubelet, Consumer<String> narration) {
  void say(String line) {
    narration.accept(line);
  }
}
