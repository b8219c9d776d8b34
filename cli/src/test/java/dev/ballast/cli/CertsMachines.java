package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Machines of one cluster, on which commands run as they are written: each has an {@code /etc} and
 * a host name of its own, and {@code ssh} and {@code scp} lead from one to another.
 */
final class CertsMachines implements AutoCloseable {
  private static final long LIMIT_SECONDS = 120;
  private static final List<String> SHARED =
      List.of(
          "ca.crt",
          "ca.key",
          "sa.key",
          "sa.pub",
          "front-proxy-ca.crt",
          "front-proxy-ca.key",
          "etcd/ca.crt",
          "etcd/ca.key");

  private final SecureRandom random = new SecureRandom();
  private final Path root;
  private final Instant start;

  private CertsMachines(Path root, Instant start) {
    this.root = root;
    this.start = start;
  }

  /** Machines that are yet to be made. */
  static CertsMachines in(Path root, Instant start) throws Exception {
    var machines = new CertsMachines(root, start);
    machines.putStandIns();
    machines.requireNamespaces();
    return machines;
  }

  /** Two control-plane nodes and a worker, whose certificates begin at this moment. */
  static CertsMachines create(Path root, Instant start) throws Exception {
    var machines = in(root, start);
    for (var name : List.of("node-1", "node-2", "node-3")) {
      machines.machine(name);
    }
    machines.controlPlane("node-1", "192.0.2.1");
    for (var file : SHARED) {
      var copy = machines.pki("node-2").resolve(file);
      Files.createDirectories(copy.resolveSibling(""));
      Files.copy(machines.pki("node-1").resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
    machines.controlPlane("node-2", "192.0.2.2");
    machines.worker("node-3");
    return machines;
  }

  private void putStandIns() throws Exception {
    Files.createDirectories(root.resolve("bin"));
    var from = Path.of("src/test/resources/machines");
    for (var name : List.of("enter", "ssh", "scp", "systemctl", "kubectl", "kubeadm")) {
      program(name, Files.readString(from.resolve(name)));
    }
    program(
        "ballast",
        "#!/bin/sh\nexec %s @%s -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp %s dev.ballast.cli.Main \"$@\"\n"
            .formatted(
                ProcessHandle.current().info().command().orElseThrow(),
                Path.of("../dev/jvm-options").toAbsolutePath().normalize(),
                System.getProperty("java.class.path")));
  }

  private void program(String name, String text) throws IOException {
    var file = Files.writeString(root.resolve("bin").resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Skips the test where there are none; in CI that is a failure. */
  private void requireNamespaces() throws Exception {
    var may = here("unshare --mount --uts --net mount --make-rprivate /");
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(may.status() == 0, "no namespaces: " + may.output());
    }
    assertThat(may.status()).as(may.output()).isZero();
  }

  /** A machine without a cluster. */
  void machine(String name) throws Exception {
    Files.createDirectories(root.resolve(name).resolve("var/lib/kubelet/pki"));
    // What programs look for there.
    here(
        "cd /etc && for it in alternatives group hosts java* ld.so.* nsswitch.conf passwd ssl;"
            + " do [ ! -e $it ] || cp -a $it "
            + Files.createDirectories(root.resolve(name).resolve("etc"))
            + "; done");
    Files.createDirectories(pki(name));
  }

  private void controlPlane(String name, String address) throws IOException {
    new ClusterCreation(
            new InitConfiguration(
                ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                name,
                InetAddress.ofLiteral(address),
                6443),
            layout(name),
            Release.LATEST,
            new KeyForge(random, Thread.ofVirtual().factory(), 2),
            start,
            _ -> {})
        .createAll();
    kubelet(name, address);
  }

  private void worker(String name) throws IOException {
    Files.copy(pki("node-1").resolve("ca.crt"), pki(name).resolve("ca.crt"));
    kubelet(name, "192.0.2.1");
  }

  /** Its certificate as it rotates it, and its kubeconfig that names it. */
  private void kubelet(String name, String server) throws IOException {
    var layout = layout("node-1");
    var authority = Certificates.read(layout.certificate(Authority.CA)).getFirst();
    var pair = KeyAlgorithm.ECDSA_P256.generate(random);
    var certificate =
        new CertificateAuthority(
                authority, PrivateKeys.read(layout.key(Authority.CA)), "the authority of node-1")
            .sign(
                new CertificateTemplate(
                    DistinguishedName.of("system:node:" + name, List.of("system:nodes")),
                    List.of(),
                    List.of(Purpose.CLIENT_AUTH),
                    false,
                    start.minus(Duration.ofMinutes(5)),
                    start.plus(ClusterConfiguration.DEFAULT_VALIDITY),
                    List.of()),
                pair.getPublic(),
                random);
    var link = Path.of("/var/lib/kubelet/pki/kubelet-client-current.pem");
    var dated = link.resolveSibling("kubelet-client-2020-01-01-00-00-00.pem");
    secret(
        below(name, dated),
        Certificates.pem(certificate) + PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
    Files.createSymbolicLink(below(name, link), dated);
    secret(
        layout(name).kubeconfig(KubeconfigFile.KUBELET),
        new NewKubeconfig(
                "kubernetes",
                "https://" + server + ":6443",
                Certificates.pem(authority),
                "default-auth",
                new NewKubeconfig.Credentials.Files(link.toString(), link.toString()))
            .text());
  }

  private static void secret(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  /** Another name of a machine. */
  void alias(String host, String machine) throws IOException {
    Files.createSymbolicLink(root.resolve(host), Path.of(machine));
  }

  /** A file of a machine, as it is reached from here. */
  Path below(String machine, Path file) {
    return root.resolve(machine).resolve(Path.of("/").relativize(file));
  }

  Path pki(String machine) {
    return below(machine, Path.of("/etc/kubernetes/pki"));
  }

  Layout layout(String machine) {
    return new Layout(pki(machine), below(machine, Path.of("/etc/kubernetes")));
  }

  /** Which commands came to which machine, and what kubelets said, in their order. */
  List<String> log() throws IOException {
    return Files.readAllLines(root.resolve("log"));
  }

  /** What a command printed, and how it ended. */
  record Said(int status, String output) {
    List<String> orFail() {
      assertThat(status).as(output).isZero();
      return output.lines().toList();
    }
  }

  /** Runs a line of shell on a machine. */
  Said on(String machine, String line) throws Exception {
    var command = new ArrayList<>(List.of(root.resolve("bin/enter").toString(), machine));
    command.addAll(List.of("sh", "-c", line));
    return run(command);
  }

  /** Runs a line of shell here, where the directories of the machines are. */
  Said here(String line) throws Exception {
    return run(List.of("sh", "-c", line));
  }

  private Said run(List<String> command) throws Exception {
    var builder = new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true);
    builder.environment().put("MACHINES", root.toString());
    builder
        .environment()
        .merge("PATH", root.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
    builder.redirectInput(Path.of("/dev/null").toFile());
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not end: " + command);
    }
    return new Said(process.exitValue(), output);
  }

  /** Links lead out of these directories; a shell asks no questions. */
  @Override
  public void close() throws Exception {
    here("rm -rf node-* cp-*");
  }
}
