package dev.ballast.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

/** A malformed file is a {@link PkiFailure} when it is read, and nothing else later. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class MalformedFilesTest {
  private static final long SEED = 17;
  private static final int ROUNDS = 4000;

  private static byte[] certificate = {};
  private static byte[] key = {};

  @BeforeAll
  static void create() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var pair = generator.generateKeyPair();
    var from = Instant.parse("2026-01-01T00:00:00Z");
    var ca =
        CertificateAuthority.create(
            new CertificateTemplate(
                DistinguishedName.of("ca", List.of("org")),
                List.of(AlternativeName.dns("localhost")),
                List.of(Purpose.SERVER_AUTH),
                true,
                from,
                from.plusSeconds(1000),
                List.of()),
            pair,
            new SecureRandom());
    certificate = Certificates.encoded(ca.certificate());
    key =
        Pem.parse(
                PrivateKeys.pem(pair.getPrivate(), pair.getPublic())
                    .getBytes(StandardCharsets.US_ASCII),
                "key")
            .getFirst()
            .der();
  }

  private static byte[] damaged(byte[] der, Random random) {
    var copy = der.clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    return copy;
  }

  private static byte[] pem(String label, byte[] der) {
    return Pem.encode(label, der).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void damaged_certificates_are_refused_or_can_be_used() {
    var random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
      try {
        var read =
            Certificates.parse(pem(Pem.CERTIFICATE, damaged(certificate, random)), "f").getFirst();
        Certificates.template(read).subject().organizations();
        Judgement.ofLeaf(read, List.of(read), List.of(Purpose.SERVER_AUTH), Instant.EPOCH);
        Judgement.ofAuthority(read, Instant.EPOCH);
      } catch (PkiFailure e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(ROUNDS / 20, ROUNDS - 1);
  }

  @Test
  void damaged_keys_are_refused_or_can_be_used() throws Exception {
    var random = new Random(SEED);
    var half = Certificates.decode(certificate).getPublicKey();
    int refused = 0;
    for (int i = 0; i < ROUNDS / 4; i++) {
      try {
        PrivateKeys.matches(
            PrivateKeys.parse(pem("EC PRIVATE KEY", damaged(key, random)), "f"), half);
      } catch (PkiFailure e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1, ROUNDS / 4);
  }

  @Test
  void a_name_that_cannot_be_decoded_is_a_failure_at_the_file() {
    var broken = certificate.clone();
    var at = new String(broken, StandardCharsets.ISO_8859_1).indexOf("localhost");
    // The name is longer than what holds it.
    broken[at - 1] = 100;

    assertThatThrownBy(() -> Certificates.parse(pem(Pem.CERTIFICATE, broken), "apiserver.crt"))
        .isInstanceOf(PkiFailure.class)
        .hasMessageContaining("apiserver.crt");
  }
}
