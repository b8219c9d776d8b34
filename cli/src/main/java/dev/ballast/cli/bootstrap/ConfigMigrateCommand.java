package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.config.ConfigurationFile;
import dev.ballast.bootstrap.data.YamlText;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.pki.PkiFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ballast config migrate}. */
@Command(
    name = "migrate",
    exitCodeOnInvalidInput = 1,
    description = "Writes a file of v1beta3 in the form of v1beta4; nothing is filled in.")
final class ConfigMigrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--old-config", required = true, paramLabel = "FILE", description = "The file.")
  private Path old = Path.of("");

  @Option(
      names = "--new-config",
      paramLabel = "FILE",
      description = "Where to write (default: standard output).")
  private @Nullable Path next;

  @Override
  public Integer call() {
    ConfigurationFile file = ConfigurationFile.read(old);
    var documents = new ArrayList<Map<String, Object>>();
    for (String kind :
        List.of(
            "InitConfiguration",
            "ClusterConfiguration",
            "JoinConfiguration",
            "ResetConfiguration",
            "UpgradeConfiguration",
            "KubeletConfiguration",
            "KubeProxyConfiguration")) {
      if (file.has(kind)) {
        Map<String, Object> document = file.document(kind);
        if (String.valueOf(document.get("apiVersion")).startsWith("kubeadm.k8s.io/")) {
          document.put("apiVersion", "kubeadm.k8s.io/v1beta4");
        }
        documents.add(document);
      }
    }
    String text = YamlText.ofAll(documents);
    if (next == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
    } else {
      // It may hold tokens.
      NodeFiles.write(next, text, PkiFiles.SECRET);
    }
    return 0;
  }
}
