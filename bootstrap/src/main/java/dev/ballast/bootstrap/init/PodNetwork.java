package dev.ballast.bootstrap.init;

import static dev.ballast.bootstrap.data.Data.map;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.api.Pause;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.data.JsonText;
import dev.ballast.bootstrap.machine.NodeFiles;
import dev.ballast.pki.PkiFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The network of the pods. {@code bridge} joins the pods of each node by a bridge and leaves the
 * routes between nodes to the network; a manifest of another is applied as it is.
 */
public final class PodNetwork {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String FILE = "10-ballast-bridge.conflist";
  private final InitRun run;

  PodNetwork(InitRun run) {
    this.run = run;
  }

  void install() {
    switch (run.cni()) {
      case "none" -> {}
      case "bridge" -> {
        if (run.dry()) {
          NodeFiles.write(run.files().cni().resolve(FILE), bridge("PODCIDR"), PkiFiles.PUBLIC);
        } else {
          installBridge(run.api(), run.settings().nodeName(), run.files().cni(), run::say);
        }
      }
      default -> manifest(Path.of(run.cni()));
    }
  }

  private void manifest(Path file) {
    List<Map<String, Object>> objects;
    try {
      objects = Data.parseAll(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot read the pod network " + file + ": " + e.getMessage(), "check --cni", e);
    }
    run.say("[cni] Applying " + objects.size() + " objects of " + file);
    if (run.dry()) {
      run.apply(objects);
      return;
    }
    run.apply(objects);
    new NodeObject(run.api(), run.settings().nodeName()).awaitReady(LIMIT);
    run.say("[cni] The node " + run.settings().nodeName() + " is Ready");
  }

  /** Configures this node's bridge with the network that the controller manager gave the node. */
  public static void installBridge(
      KubeApi api, String node, Path directory, Consumer<String> narration) {
    if (List.of("/opt/cni/bin/bridge", "/usr/lib/cni/bridge", "/usr/libexec/cni/bridge").stream()
        .noneMatch(plugin -> Files.isExecutable(Path.of(plugin)))) {
      throw new BootstrapFailure(
          "there is no CNI plugin 'bridge' in /opt/cni/bin, /usr/lib/cni or /usr/libexec/cni",
          "install it: apt-get install -y containernetworking-plugins");
    }
    var object = new NodeObject(api, node);
    long end = System.nanoTime() + LIMIT.toNanos();
    String subnet = "";
    while (subnet.isEmpty()) {
      subnet = object.read().map(found -> Data.text(found, "spec", "podCIDR")).orElse("");
      if (subnet.isEmpty()) {
        if (System.nanoTime() > end) {
          throw new BootstrapFailure(
              "the node " + node + " has no podCIDR",
              "give the cluster a network of pods: --pod-network-cidr 10.244.0.0/16");
        }
        Pause.of(Duration.ofMillis(200));
      }
    }
    narration.accept("[cni] Writing " + directory.resolve(FILE) + " for " + subnet);
    NodeFiles.write(directory.resolve(FILE), bridge(subnet), PkiFiles.PUBLIC);
    object.awaitReady(LIMIT);
    narration.accept("[cni] The node " + node + " is Ready");
  }

  private static String bridge(String subnet) {
    String everywhere = subnet.contains(":") ? "::/0" : "0.0.0.0/0";
    return JsonText.of(
            map(
                "cniVersion", "0.4.0",
                "name", "ballast-bridge",
                "plugins",
                    List.of(
                        map(
                            "type",
                            "bridge",
                            "bridge",
                            "cni0",
                            "isDefaultGateway",
                            true,
                            "hairpinMode",
                            true,
                            "ipMasq",
                            true,
                            "ipam",
                            map(
                                "type", "host-local",
                                "ranges", List.of(List.of(map("subnet", subnet))),
                                "routes", List.of(map("dst", everywhere)))),
                        map("type", "portmap", "capabilities", map("portMappings", true)))))
        + "\n";
  }
}
