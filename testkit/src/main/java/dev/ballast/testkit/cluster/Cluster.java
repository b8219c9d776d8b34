package dev.ballast.testkit.cluster;

import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ports;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A real Kubernetes cluster of one or two nodes, made by kubeadm: etcd, API server, controller
 * manager and scheduler as static pods of the first node; on each node containerd, a kubelet and
 * kube-proxy. Each node has namespaces of its own; nothing of the machine is changed, and all of it
 * ends with the JVM, also when that is killed.
 */
public final class Cluster implements AutoCloseable {
  /** An image that is on every node: a shell, a web server ({@code httpd}), wget, nc, ip, ping. */
  public static final String BUSYBOX = "ballast.test/busybox:1";

  private static final Duration INIT = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofSeconds(15);
  private static final Duration READY = Duration.ofMinutes(4);
  private static final Duration TEARDOWN = Duration.ofSeconds(60);
  private static final int API_PORT = 6443;

  private final Path directory;
  private final Network network;
  private final Process teardown;
  private final List<ClusterNode> nodes = new ArrayList<>();
  private final List<Daemon> daemons = new ArrayList<>();
  private int port;

  private Cluster(Path directory, Network network, Process teardown) {
    this.directory = directory;
    this.network = network;
    this.teardown = teardown;
  }

  /** Starts a cluster, and waits until its nodes are ready. */
  public static Cluster start(int nodes) throws IOException, InterruptedException {
    return start(nodes, true);
  }

  /**
   * Starts machines that are no cluster yet: each has containerd with the images of a cluster, and
   * a kubelet that waits for its configuration; no pod network.
   */
  public static Cluster machines(int nodes) throws IOException, InterruptedException {
    return start(nodes, false);
  }

  private static Cluster start(int nodes, boolean whole) throws IOException, InterruptedException {
    Rights.require();
    for (String program : List.of("containerd", "ctr", "runc", "socat", "nft", "busybox", "ip")) {
      ReferenceProgram.required(program);
    }
    Path kubeadm = ReferenceProgram.ofGoModule("kubeadm");
    String prefix = "bt" + UUID.randomUUID().toString().substring(0, 8);
    Path directory = Files.createTempDirectory("ballast-cluster");
    Process teardown = startTeardown(directory, prefix);
    Cluster cluster = null;
    try {
      var images =
          new Images(
              Ran.ok(
                  kubeadm.toString(),
                  "config",
                  "images",
                  "list",
                  "--kubernetes-version",
                  KubeadmFiles.version(kubeadm)));
      cluster = new Cluster(directory, Network.create(prefix, nodes), teardown);
      cluster.startNodes(nodes, images, whole);
      if (!whole) {
        return cluster;
      }
      cluster.initialize(KubeadmFiles.version(kubeadm));
      for (int number = 2; number <= nodes; number++) {
        cluster.join(number);
      }
      cluster.awaitReady();
      return cluster;
    } catch (IOException | InterruptedException | AssertionError | RuntimeException e) {
      if (cluster == null) {
        end(teardown);
      } else {
        cluster.close();
      }
      throw e;
    }
  }

  /** It lives longer than this JVM, which is its purpose. */
  private static Process startTeardown(Path directory, String prefix) throws IOException {
    Path script = directory.resolve("teardown.sh");
    try (var in = Cluster.class.getResourceAsStream("teardown.sh")) {
      if (in == null) {
        throw new IllegalStateException("no resource teardown.sh");
      }
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return new ProcessBuilder("setsid", "bash", script.toString(), directory.toString(), prefix)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void startNodes(int count, Images images, boolean whole)
      throws IOException, InterruptedException {
    Path everywhere = Files.createDirectory(directory.resolve("images"));
    Path controlPlane = Files.createDirectory(directory.resolve("images-control-plane"));
    write(images.ofEveryNode(), everywhere);
    write(images.ofControlPlane(), controlPlane);
    for (int number = 1; number <= count; number++) {
      ClusterNode node = ClusterNode.start(number, directory, network, images, whole);
      nodes.add(node);
      node.importImages(everywhere);
    }
    nodes.getFirst().importImages(controlPlane);
    Ran.ok("rm", "-r", everywhere.toString(), controlPlane.toString());
  }

  private static void write(List<Image> images, Path directory) throws IOException {
    int number = 0;
    for (Image image : images) {
      image.write(directory.resolve(number++ + ".tar"));
    }
  }

  private void initialize(String version) throws IOException, InterruptedException {
    ClusterNode first = nodes.getFirst();
    Path file = first.kubelet().resolve("init.yaml");
    Files.writeString(file, KubeadmFiles.init(version, first));
    Path audit = Files.createDirectory(first.kubernetes().resolve("audit"));
    Files.writeString(audit.resolve("policy.yaml"), KubeadmFiles.AUDIT_POLICY);
    Ran ran =
        first.runWithin(
            INIT,
            "kubeadm",
            "init",
            "--config=/var/lib/kubelet/init.yaml",
            "--skip-phases=addon/coredns",
            "--ignore-preflight-errors=all");
    if (ran.exitCode() != 0) {
      throw new AssertionError(ran.output() + "\n" + first.lastWords());
    }
    openApi();
  }

  /** Tells that the first machine of {@link #machines} now has an API server. */
  public void initialized() throws IOException, InterruptedException {
    if (daemons.isEmpty()) {
      openApi();
    }
  }

  /** A port of this machine's loopback that leads into the first node. */
  private void openApi() throws IOException, InterruptedException {
    port = Ports.free(1).getFirst();
    Path socket = directory.resolve("api.sock");
    daemons.add(
        Daemon.start(
            directory.resolve("api-inside.log"),
            Map.of(),
            List.of(
                "ip",
                "netns",
                "exec",
                network.outside(),
                "socat",
                "UNIX-LISTEN:" + socket + ",fork,mode=0600",
                "TCP:" + nodes.getFirst().address() + ":" + API_PORT)));
    daemons.add(
        Daemon.start(
            directory.resolve("api-outside.log"),
            Map.of(),
            List.of(
                "socat",
                "TCP-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork",
                "UNIX-CONNECT:" + socket)));
  }

  private void join(int number) throws IOException, InterruptedException {
    ClusterNode node = nodes.get(number - 1);
    Path file = node.kubelet().resolve("join.yaml");
    Files.writeString(file, KubeadmFiles.join(nodes.getFirst(), node));
    Ran ran =
        node.runWithin(
            INIT,
            "kubeadm",
            "join",
            "--config=/var/lib/kubelet/join.yaml",
            "--ignore-preflight-errors=all");
    if (ran.exitCode() != 0) {
      throw new AssertionError(ran.output() + "\n" + node.lastWords());
    }
  }

  private void awaitReady() throws IOException, InterruptedException {
    for (ClusterNode node : nodes) {
      Eventually.holds(
          node.name() + " is Ready",
          READY,
          () ->
              kubectl(
                      "",
                      "get",
                      "node",
                      node.name(),
                      "-o",
                      "jsonpath={.status.conditions[?(@.type=='Ready')].status} {.spec.podCIDR}")
                  .orFail()
                  .equals("True " + Network.podSubnet(nodes.indexOf(node) + 1)));
    }
    new StablePods(this, Duration.ZERO).await(READY);
  }

  /**
   * Waits until every pod of the control plane and of kube-proxy is ready and no container of them
   * has been started again for a while: right after a change of a static pod's manifest the kubelet
   * may still be about to restart it.
   */
  public void awaitStablePods(Duration limit) throws IOException, InterruptedException {
    new StablePods(this, QUIET).await(limit);
  }

  public List<ClusterNode> nodes() {
    return List.copyOf(nodes);
  }

  /**
   * Returns a kubeconfig of the administrator for this machine's loopback, with the CA and the
   * certificate that the first node's {@code admin.conf} has now.
   */
  public Path kubeconfig() throws IOException, InterruptedException {
    Path file = directory.resolve("admin.conf");
    Path next = directory.resolve("admin.conf.next");
    Files.copy(
        nodes.getFirst().kubernetes().resolve("admin.conf"),
        next,
        StandardCopyOption.REPLACE_EXISTING);
    Ran.ok(
        ReferenceProgram.required("kubectl").toString(),
        "--kubeconfig=" + next,
        "config",
        "set-cluster",
        "kubernetes",
        "--server=https://127.0.0.1:" + port);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    return file;
  }

  /** Runs kubectl as the administrator. */
  public Ran kubectl(String input, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ReferenceProgram.required("kubectl").toString());
    command.add("--kubeconfig=" + kubeconfig());
    command.addAll(List.of(words));
    return Ran.of(Path.of("/"), Map.of(), command, input);
  }

  /** Applies manifests as kubectl does, and returns what it printed. */
  public String apply(String manifests) throws IOException, InterruptedException {
    return kubectl(manifests, "apply", "-f", "-").orFail();
  }

  /**
   * Returns the API server's audit log of requests that it refused for want of rights, one event a
   * line, of users whose name begins so.
   */
  public List<String> forbidden(String user) throws IOException {
    Path log = nodes.getFirst().kubernetes().resolve("audit/log");
    try (var lines = Files.lines(log)) {
      return lines
          .filter(line -> line.contains("\"username\":\"" + user))
          .filter(line -> line.contains("\"code\":403"))
          .toList();
    }
  }

  /**
   * Runs a command on a machine that is in the nodes' network, and no node: {@code 10.77.0.1/24} on
   * a bridge.
   */
  public Ran outside(String... command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", network.outside()));
    words.addAll(List.of(command));
    return Ran.of(Path.of("/"), Map.of(), words, "");
  }

  /** Returns the prefix of the network namespaces and cgroups, for a test of what is left. */
  String prefix() {
    return network.outside().substring(0, network.outside().indexOf('-'));
  }

  Path directory() {
    return directory;
  }

  /** Takes it down whole. */
  @Override
  public void close() {
    daemons.forEach(Daemon::close);
    nodes.forEach(ClusterNode::close);
    end(teardown);
  }

  private static void end(Process teardown) {
    try {
      teardown.getOutputStream().close();
      if (!teardown.waitFor(TEARDOWN.toSeconds(), TimeUnit.SECONDS)) {
        teardown.destroyForcibly();
      }
    } catch (IOException e) {
      teardown.destroyForcibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
