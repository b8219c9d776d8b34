package dev.ballast.certificates.peers;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.NodeFiles;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The files of a control-plane node of kubeadm, made at a moment of one's choice. */
public final class TestCluster {
  public static final String NODE = "node-1";

  private final Path root;
  private final NodeFiles files;
  private final KeyForge forge = new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2);

  private TestCluster(Path root) {
    this.root = root;
    this.files = NodeFiles.below(NODE, root);
  }

  /** A node at 127.0.0.1 whose API server listens at this port. */
  public static TestCluster create(Path root, Instant start, int apiServerPort) throws IOException {
    var cluster = ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256);
    var configuration =
        new InitConfiguration(cluster, NODE, InetAddress.getLoopbackAddress(), apiServerPort);
    return create(root, start, configuration);
  }

  public static TestCluster create(Path root, Instant start, InitConfiguration configuration)
      throws IOException {
    var test = new TestCluster(root);
    new ClusterCreation(configuration, test.layout(), Release.LATEST, test.forge, start, _ -> {})
        .createAll();
    test.makeKubelet(start);
    test.makeUser();
    return test;
  }

  public NodeFiles files() {
    return NodeFiles.below(NODE, root);
  }

  public Layout layout() {
    return files.layout();
  }

  public Path pki(String name) {
    return layout().certificatesDir().resolve(name);
  }

  public KeyForge forge() {
    return forge;
  }

  /** As the commands have them when nothing else is said. */
  public static Reissue.Terms terms(Instant now) {
    return new Reissue.Terms(
        now,
        ClusterConfiguration.DEFAULT_VALIDITY,
        ClusterConfiguration.DEFAULT_CA_VALIDITY,
        Optional.empty());
  }

  public CertificateAuthority authority(Authority authority) {
    var file = layout().certificate(authority);
    return new CertificateAuthority(
        Certificates.read(file).getFirst(),
        PrivateKeys.read(layout().key(authority)),
        file.toString());
  }

  /** The rotated layout: a dated file, a link to it, and a kubelet.conf that names the link. */
  private void makeKubelet(Instant start) throws IOException {
    var ca = authority(Authority.CA);
    var pair = KeyAlgorithm.ECDSA_P256.generate(forge.random());
    var certificate =
        ca.sign(
            new CertificateTemplate(
                DistinguishedName.of("system:node:" + NODE, List.of("system:nodes")),
                List.of(),
                List.of(Purpose.CLIENT_AUTH),
                false,
                start.minus(Duration.ofMinutes(5)),
                start.plus(ClusterConfiguration.DEFAULT_VALIDITY),
                List.of()),
            pair.getPublic(),
            forge.random());
    Files.createDirectories(files.kubeletPki());
    var dated = files.kubeletPki().resolve("kubelet-client-2020-01-01-00-00-00.pem");
    write(
        dated,
        Certificates.pem(certificate) + PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
    Files.createSymbolicLink(files.kubeletClientLink(), dated.getFileName());
    var link = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    write(
        layout().kubeconfig(KubeconfigFile.KUBELET),
        new NewKubeconfig(
                "kubernetes",
                "https://127.0.0.1:6443",
                Certificates.pem(ca.certificate()),
                "default-auth",
                new NewKubeconfig.Credentials.Files(link, link))
            .text());
  }

  /** The kubelet makes its link absolute, which on an image of its node leads out of the image. */
  public void linkAsTheKubeletDoes() throws IOException {
    var link = files.kubeletClientLink();
    var target = Files.readSymbolicLink(link);
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("/var/lib/kubelet/pki").resolve(target));
  }

  private void makeUser() throws IOException {
    var config = root.resolve("root/.kube/config");
    Files.createDirectories(config.resolveSibling(""));
    write(config, Files.readString(layout().kubeconfig(KubeconfigFile.ADMIN)));
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
