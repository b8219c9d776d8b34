package dev.ballast.bootstrap.machine;

import dev.ballast.bootstrap.KubernetesVersion;
import dev.ballast.bootstrap.config.Settings.Argument;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.data.YamlText;
import dev.ballast.pki.PkiFiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What the kubelet of a node is started with.
 *
 * @param configuration the cluster's KubeletConfiguration
 * @param registration the nodeRegistration of the node
 * @param arguments that a person gave
 * @param hostName of the machine
 */
public record KubeletFiles(
    Map<String, Object> configuration,
    Map<String, Object> registration,
    List<Argument> arguments,
    String hostName,
    KubernetesVersion version,
    String pauseImage) {

  /** Returns the file that the unit of the kubelet reads its flags from. */
  public String flags(boolean registersTaints) {
    var flags = new ArrayList<Argument>();
    String name = Data.text(registration, "name");
    if (version.minor() < 35) {
      flags.add(new Argument("pod-infra-container-image", pauseImage));
    }
    if (!name.equals(hostName)) {
      flags.add(new Argument("hostname-override", name));
    }
    List<Map<String, Object>> taints = Data.mapsAt(registration, "taints");
    if (registersTaints && !taints.isEmpty()) {
      flags.add(
          new Argument(
              "register-with-taints",
              String.join(",", taints.stream().map(KubeletFiles::taint).toList())));
    }
    var words = new ArrayList<String>();
    flags.stream()
        .filter(flag -> arguments.stream().noneMatch(given -> given.name().equals(flag.name())))
        .sorted(Comparator.comparing(Argument::name))
        .forEach(flag -> words.add("--" + flag.name() + "=" + flag.value()));
    arguments.forEach(given -> words.add("--" + given.name() + "=" + given.value()));
    return "KUBELET_KUBEADM_ARGS=\"" + String.join(" ", words) + "\"\n";
  }

  private static String taint(Map<String, Object> taint) {
    return Data.text(taint, "key")
        + "="
        + Data.text(taint, "value")
        + ":"
        + Data.text(taint, "effect");
  }

  /** Returns what is the node's own in its configuration. */
  public Map<String, Object> instance() {
    return Data.map("containerRuntimeEndpoint", Data.text(registration, "criSocket"));
  }

  /** Writes all three. */
  public void write(NodeFiles files, boolean registersTaints) {
    NodeFiles.write(files.kubeletFlags(), flags(registersTaints), PkiFiles.PUBLIC);
    NodeFiles.write(files.instanceConfiguration(), YamlText.of(instance()), PkiFiles.PUBLIC);
    NodeFiles.write(
        files.kubeletConfiguration(),
        YamlText.of(Data.merge(configuration, instance())),
        PkiFiles.PUBLIC);
  }
}
