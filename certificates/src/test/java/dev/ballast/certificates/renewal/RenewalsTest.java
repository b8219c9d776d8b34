package dev.ballast.certificates.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Clusters;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.Renewable;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class RenewalsTest {
  private static final Instant LATER = Clusters.START.plus(Duration.ofDays(300));
  private static final List<Renewable> ALL = Renewable.all(Release.LATEST, false);

  @TempDir private Path directory;
  private Layout layout;

  @BeforeEach
  void a_cluster() {
    layout = Clusters.create(directory);
  }

  private static RenewalTerms terms(Instant start, NameChange names) {
    return new RenewalTerms(KeyAlgorithm.ECDSA_P256, Duration.ofDays(365), start, names);
  }

  private List<Decision> decide(List<Renewable> wanted, Instant start, NameChange names) {
    Inventory inventory = Inventory.read(layout, Release.LATEST, false);
    return Renewals.decide(
        wanted,
        inventory,
        Signers.read(inventory, Renewals.authorities(wanted)),
        terms(start, names));
  }

  private void renew(List<Renewable> wanted, NameChange names) {
    Inventory inventory = Inventory.read(layout, Release.LATEST, false);
    Signers signers = Signers.read(inventory, Renewals.authorities(wanted));
    List<Decision.Renew> decided =
        Renewals.decide(wanted, inventory, signers, terms(LATER, names)).stream()
            .map(Decision.Renew.class::cast)
            .toList();
    var plan =
        RenewedFiles.plan(
            "test", decided, inventory, signers, KeyAlgorithm.ECDSA_P256, Clusters.FORGE);
    var changes = Changes.in(StateDirectory.beside(directory), InstantSource.fixed(LATER));
    try (var session = changes.open()) {
      assertThat(session.apply(plan)).isPresent();
    }
  }

  @Test
  void all_are_new_and_openssl_verifies_them() throws Exception {
    var before = new ArrayList<X509Certificate>();
    for (Leaf leaf : Leaf.values()) {
      before.add(Certificates.read(layout.certificate(leaf)).getFirst());
    }

    renew(ALL, NameChange.NONE);

    String at = Long.toString(LATER.plusSeconds(60).getEpochSecond());
    for (Leaf leaf : Leaf.values()) {
      X509Certificate made = Certificates.read(layout.certificate(leaf)).getFirst();
      X509Certificate old = before.get(leaf.ordinal());
      Openssl.ok(
          directory,
          "verify",
          "-x509_strict",
          "-attime",
          at,
          "-CAfile",
          layout.certificate(leaf.authority()).toString(),
          layout.certificate(leaf).toString());
      assertThat(Openssl.ok(directory, "pkey", "-pubout", "-in", layout.key(leaf).toString()))
          .isEqualTo(
              Openssl.ok(
                  directory,
                  "x509",
                  "-noout",
                  "-pubkey",
                  "-in",
                  layout.certificate(leaf).toString()));
      assertThat(made.getSerialNumber()).isNotEqualTo(old.getSerialNumber());
      assertThat(made.getPublicKey()).isNotEqualTo(old.getPublicKey());
      assertThat(made.getSubjectX500Principal()).isEqualTo(old.getSubjectX500Principal());
      assertThat(Certificates.names(made)).isEqualTo(Certificates.names(old));
      assertThat(made.getNotAfter().toInstant()).isEqualTo(LATER.plus(Duration.ofDays(365)));
      assertThat(made.getNotBefore().toInstant()).isEqualTo(LATER.minus(Duration.ofMinutes(5)));
    }
    Kubeconfig admin = Kubeconfig.read(layout.kubeconfig(KubeconfigFile.ADMIN));
    assertThat(admin.clientCertificates().getFirst().getNotAfter().toInstant())
        .isEqualTo(LATER.plus(Duration.ofDays(365)));
    assertThat(
            PrivateKeys.matches(
                admin.clientKey().orElseThrow(),
                admin.clientCertificates().getFirst().getPublicKey()))
        .isTrue();
  }

  @Test
  void what_kubeadm_loses_is_kept() throws Exception {
    Openssl.ok(
        directory,
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "x.key",
        "-out",
        "x.csr",
        "-subj",
        "/C=DE/L=Ulm/O=o/OU=unit/CN=kube-apiserver/serialNumber=7");
    Files.writeString(
        directory.resolve("x.ext"),
        """
        basicConstraints=critical,CA:FALSE
        keyUsage=critical,digitalSignature
        extendedKeyUsage=serverAuth,1.2.3.4.5
        certificatePolicies=1.2.3.4.6
        subjectAltName=URI:spiffe://c/x,DNS:b,DNS:a,IP:10.0.0.1,email:x@y.z
        """);
    Openssl.ok(
        directory,
        "x509",
        "-req",
        "-in",
        "x.csr",
        "-CA",
        "pki/ca.crt",
        "-CAkey",
        "pki/ca.key",
        "-CAcreateserial",
        "-extfile",
        "x.ext",
        "-out",
        "pki/apiserver.crt",
        "-days",
        "3");
    Files.writeString(
        layout.certificate(Leaf.APISERVER),
        Files.readString(layout.certificate(Authority.CA)),
        StandardOpenOption.APPEND);

    renew(List.of(Leaf.APISERVER), NameChange.NONE);

    String text =
        Openssl.ok(
            directory,
            "x509",
            "-noout",
            "-text",
            "-in",
            layout.certificate(Leaf.APISERVER).toString());
    assertThat(text)
        .contains(
            "Subject: C = DE, L = Ulm, O = o, OU = unit, CN = kube-apiserver, serialNumber = 7")
        .contains("TLS Web Server Authentication, 1.2.3.4.5")
        .contains("Policy: 1.2.3.4.6")
        .contains("DNS:a, DNS:b, URI:spiffe://c/x, IP Address:10.0.0.1, email:x@y.z");
    assertThat(Certificates.read(layout.certificate(Leaf.APISERVER))).hasSize(2);
  }

  @Test
  void names_are_added_and_removed() throws Exception {
    var change =
        new NameChange(
            List.of(AlternativeName.dns("lb.example")), List.of(AlternativeName.dns("cp-1")));

    renew(List.of(Leaf.APISERVER), change);

    assertThat(Certificates.names(Certificates.read(layout.certificate(Leaf.APISERVER)).getFirst()))
        .contains(AlternativeName.dns("lb.example"))
        .doesNotContain(AlternativeName.dns("cp-1"));
  }

  @Test
  void a_kubeconfig_keeps_every_other_byte() throws Exception {
    Path admin = layout.kubeconfig(KubeconfigFile.ADMIN);
    Files.writeString(
        admin,
        "# mine\n"
            + Files.readString(admin)
                .replace(
                    "kind: Config\n",
                    "kind: Config\npreferences: {colors: true} # ünï\nextensions: []\n"));
    String before = Files.readString(admin);

    renew(List.of(KubeconfigFile.ADMIN), NameChange.NONE);

    assertThat(withoutData(Files.readString(admin))).isEqualTo(withoutData(before));
    assertThat(Files.readString(admin))
        .isNotEqualTo(before)
        .startsWith("# mine\n")
        .contains("# ünï");
  }

  private static String withoutData(String text) {
    return text.replaceAll("-data: \\S+", "-data: X");
  }

  @Test
  void a_bundle_of_two_authorities_stays_two_and_the_key_says_which_one_signs() throws Exception {
    Layout other = Clusters.create(directory.resolve("other"));
    Files.writeString(
        layout.certificate(Authority.CA),
        Files.readString(other.certificate(Authority.CA))
            + Files.readString(layout.certificate(Authority.CA)));

    renew(List.of(KubeconfigFile.ADMIN, Leaf.APISERVER), NameChange.NONE);

    assertThat(Kubeconfig.read(layout.kubeconfig(KubeconfigFile.ADMIN)).authorities()).hasSize(2);
    Openssl.ok(
        directory,
        "verify",
        "-attime",
        Long.toString(LATER.getEpochSecond()),
        "-CAfile",
        layout.certificate(Authority.CA).toString(),
        layout.certificate(Leaf.APISERVER).toString());
  }

  @Test
  void an_expired_authority_signs_nothing() {
    List<Decision> decisions =
        decide(ALL, Clusters.START.plus(Duration.ofDays(3651)), NameChange.NONE);

    assertThat(decisions)
        .allSatisfy(decision ->
            assertThat(decision)
                .isInstanceOfSatisfying(
                    Decision.Refused.class,
                    refused -> {
                      assertThat(refused.problem()).contains("ca.crt expired on 2036-11-20");
                      assertThat(refused.remedy()).contains("certs recover");
                    }));
  }

  @Test
  void a_clock_before_the_authority_signs_nothing() {
    List<Decision> decisions =
        decide(List.of(Leaf.APISERVER), Instant.parse("1970-01-02T00:00:00Z"), NameChange.NONE);

    assertThat(decisions.getFirst()).asString().contains("Refused", "clock");
  }

  @Test
  void nothing_outlives_its_authority() {
    Instant start = Clusters.START.plus(Duration.ofDays(3600));

    Decision decision = decide(List.of(Leaf.APISERVER), start, NameChange.NONE).getFirst();

    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Renew.class,
            renew -> {
              assertThat(renew.successor().notAfter())
                  .isEqualTo(Clusters.START.plus(Duration.ofDays(3650)));
              assertThat(renew.reasons()).anyMatch(r -> r.contains("with its authority"));
            });
  }

  @Test
  void what_is_missing_or_signed_elsewhere_is_said() throws Exception {
    Files.delete(layout.certificate(Leaf.APISERVER));
    Files.delete(layout.key(Authority.FRONT_PROXY_CA));

    assertThat(decide(List.of(Leaf.APISERVER, Leaf.FRONT_PROXY_CLIENT), LATER, NameChange.NONE))
        .containsExactly(
            new Decision.Missing(Leaf.APISERVER), new Decision.External(Leaf.FRONT_PROXY_CLIENT));
  }

  @Test
  void a_key_of_another_authority_is_refused_by_name() throws Exception {
    Layout other = Clusters.create(directory.resolve("other"));
    Files.copy(
        other.key(Authority.ETCD_CA),
        layout.key(Authority.ETCD_CA),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(decide(List.of(Leaf.ETCD_PEER), LATER, NameChange.NONE).getFirst())
        .asString()
        .contains("Refused", "etcd/ca.crt", "not the key");
  }

  @Test
  void a_key_of_another_kind_is_refused_in_the_words_of_kubeadm() throws Exception {
    Openssl.ok(directory, "genpkey", "-algorithm", "ed25519", "-out", "pki/ca.key");

    assertThat(decide(List.of(Leaf.APISERVER), LATER, NameChange.NONE).getFirst())
        .asString()
        .contains("ca.key is neither in RSA nor ECDSA format");
  }

  @Test
  void keys_that_openssl_wrote_in_pkcs8_are_read() throws Exception {
    Openssl.ok(directory, "pkcs8", "-topk8", "-nocrypt", "-in", "pki/ca.key", "-out", "ca.p8");
    Files.copy(
        directory.resolve("ca.p8"), layout.key(Authority.CA), StandardCopyOption.REPLACE_EXISTING);

    assertThat(decide(List.of(Leaf.APISERVER), LATER, NameChange.NONE).getFirst())
        .isInstanceOf(Decision.Renew.class);
  }

  @Test
  void former_versions_of_the_authority_go_and_strangers_stay() {
    var random = new SecureRandom();
    X509Certificate former =
        Certificates.read(Clusters.create(directory.resolve("other")).certificate(Authority.CA))
            .getFirst();
    X509Certificate stranger =
        CertificateAuthority.create(
                new CertificateTemplate(
                    DistinguishedName.of("proxy-ca", List.of()),
                    List.of(),
                    List.of(),
                    true,
                    Clusters.START,
                    LATER,
                    List.of()),
                KeyAlgorithm.ECDSA_P256.generate(random),
                random)
            .certificate();
    X509Certificate ours = Certificates.read(layout.certificate(Authority.CA)).getFirst();

    assertThat(Trust.renewed(List.of(former, stranger), List.of(ours)))
        .containsExactly(ours, stranger);
  }
}
