package dev.ballast.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.testkit.Openssl;
import dev.ballast.testkit.Ran;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CertificateAuthorityTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir private Path directory;

  private static CertificateAuthority authority(KeyAlgorithm algorithm) {
    return CertificateAuthority.create(
        new CertificateTemplate(
            DistinguishedName.of("kubernetes", List.of()),
            List.of(AlternativeName.dns("kubernetes")),
            List.of(),
            true,
            NOW,
            NOW.plus(Duration.ofDays(36500)),
            List.of()),
        algorithm.generate(RANDOM),
        RANDOM);
  }

  private static CertificateTemplate serving() throws Exception {
    return new CertificateTemplate(
        DistinguishedName.of("kube-apiserver", List.of("b-org", "a-org", "ünïcode")),
        List.of(
            AlternativeName.dns("node"),
            AlternativeName.ip(InetAddress.ofLiteral("10.96.0.1")),
            AlternativeName.ip(InetAddress.ofLiteral("fd00::1")),
            AlternativeName.uri("spiffe://cluster/ns/x"),
            AlternativeName.email("a@b.c")),
        List.of(Purpose.SERVER_AUTH, "1.2.3.4.55555"),
        false,
        NOW,
        NOW.plus(Duration.ofDays(365)),
        List.of());
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyAlgorithm.class,
      names = {"RSA_2048", "ECDSA_P256", "ECDSA_P384"})
  void openssl_verifies_the_chain_and_the_purpose(KeyAlgorithm algorithm) throws Exception {
    CertificateAuthority ca = authority(algorithm);
    KeyPair keys = algorithm.generate(RANDOM);
    X509Certificate leaf = ca.sign(serving(), keys.getPublic(), RANDOM);
    Files.writeString(directory.resolve("ca.crt"), Certificates.pem(ca.certificate()));
    Files.writeString(directory.resolve("leaf.crt"), Certificates.pem(leaf));
    Files.writeString(
        directory.resolve("leaf.key"), PrivateKeys.pem(keys.getPrivate(), keys.getPublic()));

    String verified =
        Openssl.ok(
            directory,
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-attime",
            Long.toString(NOW.plusSeconds(5).getEpochSecond()),
            "-CAfile",
            "ca.crt",
            "leaf.crt");
    Ran client =
        Openssl.run(
            directory,
            "verify",
            "-purpose",
            "sslclient",
            "-attime",
            Long.toString(NOW.plusSeconds(5).getEpochSecond()),
            "-CAfile",
            "ca.crt",
            "leaf.crt");
    String key = Openssl.ok(directory, "pkey", "-in", "leaf.key", "-pubout");
    String publicKey = Openssl.ok(directory, "x509", "-in", "leaf.crt", "-noout", "-pubkey");

    assertThat(verified).contains("leaf.crt: OK");
    assertThat(client.exitCode()).isNotZero();
    assertThat(key).isEqualTo(publicKey);
  }

  @Test
  void openssl_reads_every_part() throws Exception {
    CertificateAuthority ca = authority(KeyAlgorithm.ECDSA_P256);
    X509Certificate leaf =
        ca.sign(serving(), KeyAlgorithm.ECDSA_P256.generate(RANDOM).getPublic(), RANDOM);
    Files.writeString(directory.resolve("ca.crt"), Certificates.pem(ca.certificate()));
    Files.writeString(directory.resolve("leaf.crt"), Certificates.pem(leaf));

    String text = Openssl.ok(directory, "x509", "-in", "leaf.crt", "-noout", "-text");
    String caText = Openssl.ok(directory, "x509", "-in", "ca.crt", "-noout", "-text");

    assertThat(text)
        .contains("Digital Signature, Key Encipherment", "CA:FALSE", "1.2.3.4.55555")
        .contains("DNS:node, IP Address:10.96.0.1, IP Address:FD00:0:0:0:0:0:0:1")
        .contains("URI:spiffe://cluster/ns/x, email:a@b.c")
        .contains("X509v3 Authority Key Identifier")
        .contains("Not After : Nov 23 12:00:00 2027 GMT");
    assertThat(caText)
        .contains(
            "X509v3 Key Usage: critical", "Digital Signature, Key Encipherment, Certificate Sign")
        .contains("X509v3 Basic Constraints: critical", "CA:TRUE", "DNS:kubernetes")
        .contains("2126 GMT")
        .doesNotContain("Authority Key Identifier");
  }

  @Test
  void a_renewed_authority_still_vouches_for_what_it_signed() throws Exception {
    CertificateAuthority ca = authority(KeyAlgorithm.ECDSA_P256);
    X509Certificate leaf =
        ca.sign(serving(), KeyAlgorithm.ECDSA_P256.generate(RANDOM).getPublic(), RANDOM);

    CertificateAuthority renewed = ca.renewed(NOW, NOW.plus(Duration.ofDays(1)), RANDOM);

    Files.writeString(directory.resolve("ca.crt"), Certificates.pem(renewed.certificate()));
    Files.writeString(directory.resolve("leaf.crt"), Certificates.pem(leaf));
    Openssl.ok(
        directory,
        "verify",
        "-attime",
        Long.toString(NOW.plusSeconds(5).getEpochSecond()),
        "-CAfile",
        "ca.crt",
        "leaf.crt");
    assertThat(renewed.certificate().getSerialNumber())
        .isNotEqualTo(ca.certificate().getSerialNumber());
  }

  @Test
  void a_key_of_another_authority_is_refused() {
    CertificateAuthority one = authority(KeyAlgorithm.ECDSA_P256);
    CertificateAuthority other = authority(KeyAlgorithm.ECDSA_P256);

    assertThatThrownBy(() -> new CertificateAuthority(one.certificate(), other.key(), "pki/ca"))
        .isInstanceOf(PkiFailure.class)
        .hasMessageContaining("pki/ca");
  }

  @Test
  void what_a_successor_keeps_is_everything_it_said() throws Exception {
    CertificateAuthority ca = authority(KeyAlgorithm.ECDSA_P256);
    X509Certificate leaf =
        ca.sign(serving(), KeyAlgorithm.ECDSA_P256.generate(RANDOM).getPublic(), RANDOM);

    CertificateTemplate again = Certificates.template(leaf);

    assertThat(again).isEqualTo(serving());
    assertThat(again.subject().organizations())
        .containsExactlyInAnyOrder("a-org", "b-org", "ünïcode");
  }

  @Test
  void openssl_verifies_a_request() throws Exception {
    KeyPair keys = KeyAlgorithm.RSA_2048.generate(RANDOM);
    Files.writeString(
        directory.resolve("x.csr"),
        CertificateRequest.pem(
            DistinguishedName.of("kube-apiserver", List.of("o")),
            List.of(AlternativeName.dns("node")),
            keys,
            RANDOM));

    String text = Openssl.ok(directory, "req", "-in", "x.csr", "-noout", "-verify", "-text");

    assertThat(text).contains("verify OK", "DNS:node", "O = o, CN = kube-apiserver");
  }
}
