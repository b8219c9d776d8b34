package dev.ballast.certificates.creation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Clusters;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.testkit.Openssl;
import dev.ballast.testkit.Ran;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ClusterCreationTest {
  private static final String AT = Long.toString(Clusters.START.plusSeconds(60).getEpochSecond());

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(
      value = KeyAlgorithm.class,
      names = {"RSA_2048", "ECDSA_P256"})
  void openssl_verifies_every_chain_and_purpose(KeyAlgorithm algorithm) throws Exception {
    var layout = new Layout(directory.resolve("pki"), directory);
    Clusters.create(Clusters.configuration(algorithm), layout, Release.LATEST);

    for (Leaf leaf : Leaf.values()) {
      String ca = layout.certificate(leaf.authority()).toString();
      for (String purpose : List.of(Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH)) {
        Ran verified =
            Openssl.run(
                directory,
                "verify",
                "-x509_strict",
                "-attime",
                AT,
                "-purpose",
                purpose.equals(Purpose.SERVER_AUTH) ? "sslserver" : "sslclient",
                "-CAfile",
                ca,
                layout.certificate(leaf).toString());
        assertThat(verified.exitCode() == 0)
            .as(leaf + " " + Purpose.word(purpose) + ": " + verified.output())
            .isEqualTo(leaf.purposes().contains(purpose));
      }
      assertThat(Openssl.ok(directory, "pkey", "-pubout", "-in", layout.key(leaf).toString()))
          .isEqualTo(
              Openssl.ok(
                  directory,
                  "x509",
                  "-noout",
                  "-pubkey",
                  "-in",
                  layout.certificate(leaf).toString()));
    }
    assertThat(
            Openssl.ok(directory, "pkey", "-pubout", "-in", layout.serviceAccountKey().toString()))
        .isEqualTo(Files.readString(layout.serviceAccountPublicKey()));
    for (KubeconfigFile file : KubeconfigFile.values()) {
      Kubeconfig kubeconfig = Kubeconfig.read(layout.kubeconfig(file));
      Path client = directory.resolve("client.crt");
      Files.writeString(client, Certificates.pem(kubeconfig.clientCertificates()));
      Openssl.ok(
          directory,
          "verify",
          "-attime",
          AT,
          "-purpose",
          "sslclient",
          "-CAfile",
          layout.certificatesDir().resolve("ca.crt").toString(),
          client.toString());
      assertThat(
              PrivateKeys.matches(
                  kubeconfig.clientKey().orElseThrow(),
                  kubeconfig.clientCertificates().getFirst().getPublicKey()))
          .isTrue();
    }
  }

  @Test
  void openssl_reads_the_names_that_kubeadm_gives() throws Exception {
    Layout layout = Clusters.create(directory);

    assertThat(text(layout.certificate(Leaf.APISERVER)))
        .contains("Subject: CN = kube-apiserver\n")
        .contains(
            "DNS:cp-1, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local, IP Address:10.96.0.1, IP Address:192.0.2.10\n")
        .contains("Not Before: Nov 23 11:55:00 2026 GMT", "Not After : Nov 23 12:00:00 2027 GMT");
    assertThat(text(layout.certificate(Leaf.ETCD_PEER)))
        .contains("Subject: CN = cp-1\n")
        .contains(
            "DNS:cp-1, DNS:localhost, IP Address:192.0.2.10, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n");
    assertThat(text(layout.certificate(Leaf.APISERVER_KUBELET_CLIENT)))
        .contains("Subject: CN = kube-apiserver-kubelet-client\n");
    assertThat(text(layout.certificatesDir().resolve("etcd/ca.crt")))
        .contains("Subject: CN = etcd-ca\n", "DNS:etcd-ca")
        .contains("Not After : Nov 20 12:00:00 2036 GMT");
  }

  @Test
  void older_releases_gave_masters_where_newer_ones_do_not() {
    var layout = new Layout(directory.resolve("pki"), directory);
    Clusters.create(
        Clusters.configuration(KeyAlgorithm.ECDSA_P256), layout, Release.parse("v1.28.4"));

    X509Certificate client =
        Certificates.read(layout.certificate(Leaf.ETCD_HEALTHCHECK_CLIENT)).getFirst();

    assertThat(client.getSubjectX500Principal().getName()).contains("O=system:masters");
    assertThat(layout.kubeconfig(KubeconfigFile.SUPER_ADMIN)).doesNotExist();
    assertThat(
            Kubeconfig.read(layout.kubeconfig(KubeconfigFile.ADMIN))
                .clientCertificates()
                .getFirst()
                .getSubjectX500Principal()
                .getName())
        .contains("O=system:masters");
  }

  @Test
  void a_repeat_changes_nothing() throws Exception {
    Layout layout = Clusters.create(directory);
    Map<Path, String> before = contents();

    List<String> said =
        Clusters.create(Clusters.configuration(KeyAlgorithm.ECDSA_P256), layout, Release.LATEST);

    assertThat(contents()).isEqualTo(before).hasSize(27);
    assertThat(said)
        .contains(
            "[certs] Using existing ca certificate authority",
            "[certs] Using existing etcd/peer certificate and key on disk");
  }

  @Test
  void secrets_are_readable_for_their_owner_alone() throws Exception {
    Layout layout = Clusters.create(directory);

    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo(file.toString().endsWith(".crt") ? "rw-r--r--" : "rw-------");
      }
    }
    assertThat(layout.serviceAccountPublicKey()).exists();
  }

  @Test
  void without_the_key_of_the_authority_nothing_can_be_made() throws Exception {
    Layout layout = Clusters.create(directory);
    Files.delete(layout.certificatesDir().resolve("ca.key"));
    Clusters.create(Clusters.configuration(KeyAlgorithm.ECDSA_P256), layout, Release.LATEST);
    Files.delete(layout.certificate(Leaf.APISERVER));

    assertThatThrownBy(() ->
            Clusters.create(
                Clusters.configuration(KeyAlgorithm.ECDSA_P256), layout, Release.LATEST))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("apiserver.crt")
        .hasMessageContaining("generate-csr");
  }

  @Test
  void a_certificate_without_a_wanted_name_is_not_overwritten() throws Exception {
    Layout layout = Clusters.create(directory);
    byte[] before = Files.readAllBytes(layout.certificate(Leaf.APISERVER));
    var moved =
        new InitConfiguration(
            Clusters.configuration(KeyAlgorithm.ECDSA_P256).cluster(),
            "cp-1",
            InetAddress.ofLiteral("192.0.2.99"),
            6443);

    assertThatThrownBy(() -> Clusters.create(moved, layout, Release.LATEST))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining("lacks [IP:192.0.2.99]");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isEqualTo(before);
  }

  private String text(Path certificate) throws Exception {
    return Openssl.ok(directory, "x509", "-noout", "-text", "-in", certificate.toString());
  }

  private Map<Path, String> contents() throws Exception {
    var contents = new HashMap<Path, String>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(file, Files.readString(file));
      }
    }
    return contents;
  }
}
