package dev.ballast.certificates.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.config.ClusterConfiguration.Etcd;
import dev.ballast.pki.KeyAlgorithm;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ConfigurationDocumentsTest {
  private static final NodeDefaults NODE =
      new NodeDefaults("this-node", InetAddress.ofLiteral("192.0.2.1"));

  private static ConfigurationDocuments.Read parse(String text) {
    return ConfigurationDocuments.parse(text, "kubeadm.yaml", NODE);
  }

  @Test
  void both_documents_of_v1beta4_are_read() {
    var read =
        parse(
            """
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: InitConfiguration
            localAPIEndpoint: {advertiseAddress: "fd00::7", bindPort: 7443}
            nodeRegistration: {name: cp-7}
            ---
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: ClusterConfiguration
            clusterName: blue
            certificatesDir: /srv/pki
            controlPlaneEndpoint: api.example:8443
            networking: {serviceSubnet: "fd01::/108,10.0.0.0/16", dnsDomain: blue.local}
            apiServer: {certSANs: [a.example, 10.9.9.9]}
            etcd: {local: {serverCertSANs: [s], peerCertSANs: [p]}}
            encryptionAlgorithm: ECDSA-P256
            certificateValidityPeriod: 2160h0m0s
            caCertificateValidityPeriod: 175200h
            ---
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            """);

    var cluster = read.configuration().cluster();
    assertThat(read.warnings())
        .containsExactly(
            "caCertificateValidityPeriod: the value 175200h0m0s is more than the recommended"
                + " default for CA certificate expiration: 87600h0m0s");
    assertThat(read.configuration().nodeName()).isEqualTo("cp-7");
    assertThat(read.configuration().server()).isEqualTo("https://api.example:8443");
    assertThat(read.configuration().localServer()).isEqualTo("https://[fd00::7]:7443");
    assertThat(cluster.certificatesDir()).isEqualTo(Path.of("/srv/pki"));
    assertThat(cluster.keyAlgorithm()).isEqualTo(KeyAlgorithm.ECDSA_P256);
    assertThat(cluster.validity()).isEqualTo(Duration.ofDays(90));
    assertThat(cluster.caValidity()).isEqualTo(Duration.ofDays(7300));
    assertThat(cluster.etcd()).isEqualTo(new Etcd.Local(List.of("s"), List.of("p")));
    assertThat(cluster.certSans()).containsExactly("a.example", "10.9.9.9");
  }

  @Test
  void v1beta3_with_external_etcd_and_its_feature_gate_is_read() {
    var cluster =
        parse(
                """
                apiVersion: kubeadm.k8s.io/v1beta3
                kind: ClusterConfiguration
                featureGates: {PublicKeysECDSA: true}
                etcd: {external: {endpoints: ["https://10.0.0.1:2379"], caFile: /x, certFile: /y, keyFile: /z}}
                """)
            .configuration()
            .cluster();

    assertThat(cluster.externalEtcd()).isTrue();
    assertThat(cluster.keyAlgorithm()).isEqualTo(KeyAlgorithm.ECDSA_P256);
  }

  @Test
  void unknown_and_duplicate_fields_are_warnings_with_lines() {
    var read =
        parse(
            """
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: ClusterConfiguration
            clustername: x
            apiServer:
              certSAN: [a]
            clusterName: a
            clusterName: b
            networking: {bar: 1}
            etcd: {local: {baz: x}}
            ---
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: InitConfiguration
            nodeRegistration: {nam: x}
            """);

    assertThat(read.warnings())
        .containsExactly(
            "kubeadm.yaml:3: unknown field \"clustername\"",
            "kubeadm.yaml:7: duplicate field \"clusterName\"",
            "kubeadm.yaml:5: unknown field \"apiServer.certSAN\"",
            "kubeadm.yaml:8: unknown field \"networking.bar\"",
            "kubeadm.yaml:9: unknown field \"etcd.local.baz\"",
            "kubeadm.yaml:13: unknown field \"nodeRegistration.nam\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encryptionAlgorithm: DSA | kubeadm.yaml:3: encryptionAlgorithm is 'DSA' where one of RSA-2048",
        "certificateValidityPeriod: 3 years | kubeadm.yaml:3: certificateValidityPeriod is '3 years'",
        "certificateValidityPeriod: 0s | kubeadm.yaml:3: certificateValidityPeriod is '0s'",
        "certificatesDir: pki | kubeadm.yaml:3: certificatesDir is 'pki' where an absolute path",
        "etcd: {local: {}, external: {}} | kubeadm.yaml:3: etcd.local and etcd.external are mutually exclusive",
        "clusterName: [a] | kubeadm.yaml:3: clusterName is something else where a string belongs",
        "apiServer: {certSANs: a} | kubeadm.yaml:3: apiServer.certSANs is 'a' where a list",
        "apiServer: [ | kubeadm.yaml:3",
        "networking: none | kubeadm.yaml:3: networking is 'none' where an object belongs"
      })
  void what_is_wrong_is_named_with_its_line(String line, String message) {
    assertThatThrownBy(
            () -> parse("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n" + line))
        .isInstanceOf(CertificatesFailure.class)
        .hasMessageContaining(message.strip());
  }

  @Test
  void old_and_foreign_documents_are_refused_with_what_to_do() {
    assertThatThrownBy(
            () -> parse("apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n"))
        .hasMessageContaining("old API spec", "v1beta2")
        .hasMessageContaining("kubeadm config migrate");
    assertThatThrownBy(() -> parse("apiVersion: v1\nkind: Pod\n"))
        .hasMessageContaining("no InitConfiguration or ClusterConfiguration kind was found");
    assertThatThrownBy(() -> parse("")).isInstanceOf(CertificatesFailure.class);
  }
}
