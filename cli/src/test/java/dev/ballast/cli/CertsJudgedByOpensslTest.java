package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.Renewable;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands write, as openssl reads and verifies it. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsJudgedByOpensslTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @TempDir private Path directory;

  private CertsNode node() {
    return CertsNode.create(directory, NOW);
  }

  private String names(Path certificate) throws Exception {
    return Openssl.ok(directory, "x509 -noout -ext subjectAltName -in " + certificate)
        .lines()
        .skip(1)
        .findFirst()
        .orElse("")
        .strip();
  }

  private void verify(Path ca, Path certificate, String purpose) throws Exception {
    Openssl.ok(
        directory,
        "verify -x509_strict -purpose " + purpose + " -CAfile " + ca + " " + certificate);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA-2048", "ECDSA-P384"})
  void every_renewed_certificate_with_its_chain_purpose_and_key(String algorithm) throws Exception {
    var node = node();

    assertThat(node.certs("renew all", "--key-algorithm", algorithm)).as(node.err()).isZero();

    for (Renewable one : Renewable.all(Release.LATEST, false)) {
      Path ca = node.layout().certificate(one.authority());
      Path certificate = directory.resolve("judged.crt");
      switch (one) {
        case Leaf leaf -> {
          Files.copy(
              node.layout().certificate(leaf), certificate, StandardCopyOption.REPLACE_EXISTING);
          assertThat(Openssl.ok(directory, "pkey -pubout -in " + node.layout().key(leaf)))
              .isEqualTo(Openssl.ok(directory, "x509 -noout -pubkey -in " + certificate));
        }
        case KubeconfigFile file -> {
          var kubeconfig = Kubeconfig.read(node.layout().kubeconfig(file));
          Files.writeString(certificate, Certificates.pem(kubeconfig.clientCertificates()));
        }
      }
      for (var purpose : one.purposes()) {
        verify(ca, certificate, purpose.equals(Purpose.SERVER_AUTH) ? "sslserver" : "sslclient");
      }
      assertThat(Openssl.ok(directory, "x509 -noout -text -in " + certificate))
          .contains(algorithm.equals("RSA-2048") ? "(2048 bit)" : "secp384r1");
    }
  }

  @ParameterizedTest
  @CsvSource({"apiserver, apiserver", "etcd-server, etcd/server", "etcd-peer, etcd/peer"})
  void names_come_and_go_and_the_others_stay(String name, String file) throws Exception {
    var node = node();
    var certificate = node.pki(file + ".crt");
    var before = names(certificate);

    assertThat(node.certs("renew " + name, "--add-san", "*.lb.example,2001:db8::7"))
        .as(node.err())
        .isZero();
    assertThat(names(certificate).split(", "))
        .contains(before.split(", "))
        .contains("DNS:*.lb.example", "IP Address:2001:DB8:0:0:0:0:0:7")
        .hasSize(before.split(", ").length + 2);
    assertThat(node.certs("renew " + name)).isZero();
    assertThat(names(certificate)).as("a renewal keeps them").contains("*.lb.example");

    assertThat(node.certs("renew " + name, "--remove-san", "*.lb.example,2001:db8::7")).isZero();
    assertThat(names(certificate)).isEqualTo(before);
    verify(
        node.layout()
            .certificate(Leaf.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')).authority()),
        certificate,
        "sslserver");
  }

  @ParameterizedTest
  @CsvSource({
    "apiserver --add-san http://x, 'error: ''http://x'' is neither an address nor a DNS name; '",
    "admin.conf --add-san x, 'error: names can be changed on one serving certificate at a time; '",
    "apiserver --key-algorithm DSA, 'error: there is no key algorithm ''DSA''; '",
    "apiserver --validity-period 0h, 'error: --validity-period ''0h'' is not a duration above zero; '",
    "nobody, 'error: there is no certificate named ''nobody'' to renew; '"
  })
  void what_cannot_be_asked_for_changes_nothing(String line, String problem) throws Exception {
    var node = node();
    Map<String, String> before = node.tree();

    assertThat(node.certs("renew " + line)).isNotZero();

    assertThat(node.err()).startsWith(problem);
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void requests_say_what_kubeadm_asks_for_and_each_is_signed_by_its_key() throws Exception {
    var config =
        Files.writeString(
            directory.resolve("config.yaml"),
            """
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: InitConfiguration
            nodeRegistration: {name: cp-7}
            localAPIEndpoint: {advertiseAddress: 192.0.2.7, bindPort: 6443}
            ---
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: ClusterConfiguration
            encryptionAlgorithm: ECDSA-P256
            apiServer: {certSANs: [api.example]}
            """);
    var at = Files.createDirectory(directory.resolve("csr"));
    var node = CertsNode.at(at);

    assertThat(node.certs("generate-csr", "--config", config.toString())).as(node.err()).isZero();

    try (var files = Files.walk(at)) {
      var requests = files.filter(file -> file.toString().endsWith(".csr")).toList();
      assertThat(requests).hasSize(12);
      for (var request : requests) {
        assertThat(Openssl.ok(directory, "req -verify -noout -in " + request))
            .contains("verify OK");
      }
    }
    assertThat(Openssl.ok(directory, "req -noout -pubkey -in csr/pki/apiserver.csr"))
        .isEqualTo(Openssl.ok(directory, "pkey -pubout -in csr/pki/apiserver.key"));
    assertThat(Openssl.ok(directory, "req -noout -text -in csr/pki/apiserver.csr"))
        .contains("Subject: CN = kube-apiserver\n", "DNS:cp-7", "DNS:api.example")
        .contains("IP Address:10.96.0.1", "IP Address:192.0.2.7");
    assertThat(Openssl.ok(directory, "req -noout -subject -in csr/admin.conf.csr"))
        .isEqualTo("subject=O = kubeadm:cluster-admins, CN = kubernetes-admin\n");
    assertThat(Openssl.ok(directory, "req -noout -subject -in csr/kubelet.conf.csr"))
        .isEqualTo("subject=O = system:nodes, CN = system:node:cp-7\n");

    Map<String, String> before = node.tree();
    Files.delete(node.pki("apiserver.key"));
    before.remove(node.pki("apiserver.key").toString());
    assertThat(node.certs("generate-csr", "--config", config.toString())).isEqualTo(1);
    assertThat(node.err()).contains("file already exists: key or CSR ", "nothing was written");
    assertThat(node.tree().keySet()).isEqualTo(before.keySet());
    assertThat(List.of(node.pki("apiserver.key"))).noneMatch(Files::exists);
  }
}
