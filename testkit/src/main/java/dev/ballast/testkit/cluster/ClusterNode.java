package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A node of a cluster: its namespaces, containerd and kubelet. */
public final class ClusterNode {
  private static final Duration START = Duration.ofSeconds(60);

  private final int number;
  private final Path directory;
  private final Daemon outerProcess;
  private final long init;

  private ClusterNode(int number, Path directory, Daemon outerProcess, long init) {
    this.number = number;
    this.directory = directory;
    this.outerProcess = outerProcess;
    this.init = init;
  }

  static ClusterNode start(
      int number, Path cluster, Network network, Images images, boolean podNetwork)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectory(cluster.resolve("node" + number));
    Files.createDirectory(directory.resolve("logs"));
    copy("node.sh", directory);
    copy("systemctl.sh", directory);
    if (podNetwork) {
      Files.writeString(directory.resolve("cni.conflist"), cni(number));
    }
    Path programs = ReferenceProgram.ofGoModule("kubelet").getParent();
    Daemon outer =
        Daemon.start(
            directory.resolve("node.log"),
            Map.of(
                "PAUSE_IMAGE",
                images.pause(),
                "PATH",
                "/run/node/bin:"
                    + programs
                    + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            List.of(
                "ip",
                "netns",
                "exec",
                network.node(number),
                "unshare",
                "--mount",
                "--uts",
                "--ipc",
                "--pid",
                "--fork",
                "--kill-child=KILL",
                "--mount-proc",
                "bash",
                directory.resolve("node.sh").toString(),
                "node" + number,
                directory.toString(),
                network.node(number)));
    try {
      Eventually.holds(
          "node" + number + " is set up",
          START,
          () -> {
            if (!outer.isAlive()) {
              throw new NodeEnded(outer.lastWords());
            }
            return Files.exists(directory.resolve("up"));
          });
      long init =
          ProcessHandle.of(outer.pid())
              .flatMap(process -> process.children().findFirst())
              .orElseThrow(() -> new IOException("node" + number + " ended"))
              .pid();
      Files.writeString(directory.resolve("init.pid"), Long.toString(init));
      var node = new ClusterNode(number, directory, outer, init);
      Eventually.holds(
          "containerd answers", START, () -> node.run("ctr", "version").exitCode() == 0);
      return node;
    } catch (IOException | InterruptedException | AssertionError e) {
      outer.close();
      throw e;
    }
  }

  /** Not worth waiting on. */
  private static final class NodeEnded extends Error {
    private static final long serialVersionUID = 1L;

    NodeEnded(String lastWords) {
      super("it ended while it was set up:\n" + lastWords);
    }
  }

  private static void copy(String resource, Path directory) throws IOException {
    try (var in = ClusterNode.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      Files.copy(in, directory.resolve(resource));
    }
  }

  private static String cni(int number) {
    return """
    {
      "cniVersion": "0.4.0",
      "name": "pods",
      "plugins": [
        {
          "type": "ptp",
          "ipMasq": false,
          "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": "%s"}]],
            "routes": [{"dst": "0.0.0.0/0"}]
          }
        },
        {"type": "portmap", "capabilities": {"portMappings": true}}
      ]
    }
    """
        .formatted(Network.podSubnet(number));
  }

  /** Returns {@code node1}, {@code node2}. */
  public String name() {
    return "node" + number;
  }

  public String address() {
    return Network.nodeAddress(number);
  }

  /** Returns the node's {@code /etc/kubernetes}, as a directory of this machine. */
  public Path kubernetes() {
    return directory.resolve("kubernetes");
  }

  /** Returns the node's {@code /var/lib/kubelet}, as a directory of this machine. */
  public Path kubelet() {
    return directory.resolve("kubelet");
  }

  /** Returns the log of a service of the node, containerd or kubelet, from inside and outside. */
  public Path log(String service) {
    return directory.resolve(service + ".log");
  }

  /** Returns the words that run a command on the node, for a process that the caller starts. */
  public List<String> entering(String... command) {
    return entering(List.of(command));
  }

  private List<String> entering(List<String> command) {
    Path programs = ReferenceProgram.ofGoModule("kubelet").getParent();
    List<String> words =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target",
                Long.toString(init),
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--",
                "env",
                "PATH=/run/node/bin:"
                    + programs
                    + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    words.addAll(command);
    return words;
  }

  /** Runs a command on the node, as root. */
  public Ran run(String... command) throws IOException, InterruptedException {
    return Ran.of(Path.of("/"), Map.of(), entering(command), "");
  }

  /** Runs a command on the node that may take longer. */
  public Ran runWithin(Duration limit, String... command) throws IOException, InterruptedException {
    return Ran.within(limit, Path.of("/"), Map.of(), entering(command), "");
  }

  void importImages(Path archives) throws IOException, InterruptedException {
    for (Path archive : files(archives)) {
      run("ctr", "-n", "k8s.io", "images", "import", archive.toString()).orFail();
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  /** Returns the end of the logs of the node's services, for a failure. */
  public String lastWords() throws IOException, InterruptedException {
    return Ran.of("sh", "-c", "tail -n 15 " + directory + "/*.log").output();
  }

  void close() {
    outerProcess.close();
  }
}
