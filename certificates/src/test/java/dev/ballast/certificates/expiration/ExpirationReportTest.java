package dev.ballast.certificates.expiration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Clusters;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.expiration.ExpirationReport.Expiry;
import dev.ballast.certificates.expiration.ExpirationReport.Problem;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ExpirationReportTest {
  @TempDir private Path directory;
  private Layout layout;

  @BeforeEach
  void a_cluster() {
    layout = Clusters.create(directory);
  }

  private ExpirationReport report() {
    return ExpirationReport.of(Inventory.read(layout, Release.LATEST, false));
  }

  private static Map<String, Expiry> byName(ExpirationReport report) {
    var all = new HashMap<String, Expiry>();
    report.certificates().forEach(e -> all.put(e.label(), e.expiry()));
    report.authorities().forEach(e -> all.put(e.label(), e.expiry()));
    return all;
  }

  @Test
  void openssl_names_the_same_end_for_every_file() throws Exception {
    Map<String, Expiry> found = byName(report());

    assertThat(found).hasSize(14);
    for (Leaf leaf : Leaf.values()) {
      assertThat(found.get(leaf.label())).isEqualTo(ofOpenssl(layout.certificate(leaf)));
    }
    for (Authority authority : Authority.values()) {
      assertThat(found.get(authority.label())).isEqualTo(ofOpenssl(layout.certificate(authority)));
    }
    for (KubeconfigFile file : KubeconfigFile.values()) {
      if (file != KubeconfigFile.KUBELET) {
        Path client = directory.resolve("client.crt");
        Files.writeString(
            client,
            Certificates.pem(Kubeconfig.read(layout.kubeconfig(file)).clientCertificates()));
        assertThat(found.get(file.label())).isEqualTo(ofOpenssl(client));
      }
    }
  }

  private Expiry ofOpenssl(Path certificate) throws Exception {
    String said =
        Openssl.ok(directory, "x509", "-noout", "-enddate", "-in", certificate.toString());
    Instant end =
        DateTimeFormatter.ofPattern("'notAfter='MMM d HH:mm:ss yyyy 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC)
            .parse(said.strip().replaceAll(" +", " "), Instant::from);
    return new Expiry.Known(end, false);
  }

  @Test
  void one_missing_authority_hides_nothing_else() throws Exception {
    Files.delete(layout.certificate(Authority.CA));

    ExpirationReport report = report();

    assertThat(byName(report).get("ca")).isEqualTo(new Expiry.Missing());
    assertThat(report.certificates()).allMatch(e -> e.expiry() instanceof Expiry.Known);
    assertThat(report.problems()).singleElement().asString().contains("pki/ca.crt", "ca");
  }

  @Test
  void a_missing_certificate_is_no_problem_for_kubeadm_nor_here() throws Exception {
    Files.delete(layout.certificate(Leaf.ETCD_PEER));
    Files.delete(layout.kubeconfig(KubeconfigFile.SUPER_ADMIN));

    ExpirationReport report = report();

    assertThat(byName(report))
        .containsEntry("etcd-peer", new Expiry.Missing())
        .containsEntry("super-admin.conf", new Expiry.Missing());
    assertThat(report.problems()).isEmpty();
  }

  @Test
  void without_its_key_an_authority_is_managed_by_somebody_else() throws Exception {
    Files.delete(layout.key(Authority.ETCD_CA));

    Map<String, Expiry> found = byName(report());

    assertThat(found.get("etcd-ca")).matches(e -> ((Expiry.Known) e).external());
    assertThat(found.get("etcd-server")).matches(e -> ((Expiry.Known) e).external());
    assertThat(found.get("apiserver")).matches(e -> !((Expiry.Known) e).external());
    assertThat(report().problems()).isEmpty();
  }

  @Test
  void a_leaf_of_another_authority_is_a_problem_when_nobody_here_can_sign_again() throws Exception {
    Layout other = Clusters.create(directory.resolve("other"));
    Files.delete(layout.key(Authority.ETCD_CA));
    Files.copy(
        other.certificate(Leaf.ETCD_PEER),
        layout.certificate(Leaf.ETCD_PEER),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(report().problems())
        .singleElement()
        .extracting(Problem::problem)
        .asString()
        .contains("etcd/peer.crt is not signed by");
  }

  @Test
  void a_cut_off_file_is_named_with_its_line() throws Exception {
    Path file = layout.certificate(Leaf.APISERVER);
    Files.writeString(file, Files.readString(file).substring(0, 300));

    assertThat(byName(report()).get("apiserver")).isEqualTo(new Expiry.Broken());
    assertThat(report().problems())
        .singleElement()
        .asString()
        .contains("apiserver.crt", "line 1", "cut off");
  }

  @Test
  void of_several_certificates_the_first_counts_and_text_around_them_does_not() throws Exception {
    Path file = layout.certificate(Leaf.APISERVER);
    Instant end = Certificates.read(file).getFirst().getNotAfter().toInstant();
    Files.writeString(
        file,
        "some text\r\n"
            + Files.readString(file).replace("\n", "\r\n")
            + "more text\n"
            + Files.readString(layout.certificate(Authority.CA)));

    assertThat(byName(report()).get("apiserver")).isEqualTo(new Expiry.Known(end, false));
  }

  @Test
  void an_authority_that_is_none_is_named() throws Exception {
    Files.copy(
        layout.certificate(Leaf.APISERVER),
        layout.certificate(Authority.CA),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(report().problems())
        .singleElement()
        .asString()
        .contains("is not a certificate authority");
  }

  @Test
  void a_broken_kubeconfig_is_named_with_what_it_lacks() throws Exception {
    Path admin = layout.kubeconfig(KubeconfigFile.ADMIN);
    String text = Files.readString(admin);
    Files.writeString(
        admin, text.replace("current-context: kubernetes-admin@", "current-context: nobody@"));
    Path scheduler = layout.kubeconfig(KubeconfigFile.SCHEDULER);
    Files.writeString(scheduler, "just: [broken");

    assertThat(report().problems().toString())
        .contains("admin.conf: missing context nobody@kubernetes")
        .contains("failed to load kubeConfig file", "scheduler.conf: line 1");
    assertThat(byName(report()).values().stream().filter(Expiry.Known.class::isInstance))
        .hasSize(12);
  }

  @Test
  void an_unreadable_file_is_named() throws Exception {
    Path file = layout.certificate(Leaf.APISERVER);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Assumptions.assumeFalse(Files.isReadable(file), "root reads everything");

    assertThat(report().problems())
        .singleElement()
        .asString()
        .contains("permission denied", "root");
  }

  @Test
  void a_directory_in_the_place_of_a_file_and_a_dead_link_are_named() throws Exception {
    Files.delete(layout.certificate(Leaf.APISERVER));
    Files.createDirectory(layout.certificate(Leaf.APISERVER));
    Files.delete(layout.certificate(Leaf.ETCD_PEER));
    Files.createSymbolicLink(layout.certificate(Leaf.ETCD_PEER), Path.of("nowhere.crt"));

    assertThat(report().problems().toString())
        .contains("apiserver.crt", "directory")
        .contains("peer.crt", "points nowhere");
  }

  @Test
  void a_linked_pki_is_followed() throws Exception {
    Path real = Files.move(layout.certificatesDir(), directory.resolve("elsewhere"));
    Files.createSymbolicLink(layout.certificatesDir(), real);

    assertThat(report().problems()).isEmpty();
    assertThat(report().certificates()).allMatch(e -> e.expiry() instanceof Expiry.Known);
  }
}
