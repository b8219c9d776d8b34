package dev.ballast.certificates.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CheckTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = START.plus(Duration.ofDays(10));

  @TempDir(factory = InMemory.class)
  Path temp;

  private TestCluster cluster;

  @BeforeEach
  void create() throws IOException {
    cluster = TestCluster.create(temp, START, 6443);
    try (var files = Files.walk(temp)) {
      for (var file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(START));
      }
    }
  }

  private Report check(Instant now) {
    return Check.decide(SnapshotReader.read(cluster.files(), now), Check.DEFAULT_WARNING);
  }

  /** The ids of what is worse than a note, with what they are about. */
  private static List<String> complaints(Report report) {
    var lines = new ArrayList<String>();
    for (var entry : report.entries()) {
      for (var finding : entry.findings()) {
        if (finding.level().compareTo(Finding.Level.NOTE) > 0) {
          lines.add(entry.item().name() + " " + finding.id());
        }
      }
    }
    report.general().forEach(finding -> lines.add("node " + finding.id()));
    return lines;
  }

  @Test
  void a_fresh_node_is_well_and_every_certificate_is_listed() {
    var report = check(NOW);

    assertThat(complaints(report)).isEmpty();
    assertThat(report.worst()).isEqualTo(Finding.Level.OK);
    assertThat(report.entries().stream().map(e -> e.item().name()))
        .contains("ca", "etcd-ca", "front-proxy-ca", "apiserver", "etcd-peer", "admin.conf")
        .contains("kubelet.conf", "kubelet-client", temp + "/root/.kube/config")
        .hasSize(3 + 7 + 5 + 2);
  }

  @Test
  void what_expires_within_the_window_is_warned_about() {
    var report = check(START.plus(Duration.ofDays(340)));

    assertThat(report.worst()).isEqualTo(Finding.Level.WARNING);
    assertThat(complaints(report)).contains("apiserver expires-soon", "kubelet.conf expires-soon");
    assertThat(report.count(Finding.Level.WARNING)).isEqualTo(7 + 5 + 2);
  }

  @Test
  void after_a_year_everything_but_the_authorities_has_expired() {
    var report = check(START.plus(Duration.ofDays(400)));

    assertThat(report.worst()).isEqualTo(Finding.Level.BROKEN);
    assertThat(report.count(Finding.Level.BROKEN)).isEqualTo(7 + 5 + 2);
    assertThat(complaints(report)).contains("kubelet-client expired").doesNotContain("ca expired");
  }

  @Test
  void after_eleven_years_the_authorities_have_expired_too() {
    var report = check(START.plus(Duration.ofDays(11 * 365)));

    assertThat(complaints(report))
        .contains("ca expired", "etcd-ca expired", "apiserver issuer-expired");
  }

  @Test
  void a_missing_authority_hides_nothing_else() throws IOException {
    Files.delete(cluster.pki("ca.crt"));

    var report = check(NOW);

    assertThat(complaints(report)).containsExactly("ca missing");
    assertThat(report.entries()).hasSize(17);
    assertThat(report.findings().filter(f -> f.id().equals("issuer-unknown")).count()).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "    client-certificate: \"%s\"\n    client-key: \"%s\"\n",
        "    client-certificate:  %s\n    client-key:  %s # the same\n",
        "    {client-certificate: '%s', client-key: '%s'}\n",
      })
  void paths_of_a_kubelet_conf_lead_into_the_image_however_they_are_written(String user)
      throws IOException {
    var file = cluster.files().kubeletConf();
    var server = Kubeconfig.read(file, cluster.files()::reach).server().orElseThrow();
    var path = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    Files.writeString(
        file,
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
            + "clusters: [{name: a, cluster: {server: '"
            + server
            + "'}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n"
            + "users:\n- name: a\n  user:\n"
            + user.formatted(path, path));

    var item =
        SnapshotReader.read(cluster.files(), NOW).items().stream()
            .filter(candidate -> candidate.name().equals("kubelet.conf"))
            .findFirst()
            .orElseThrow();

    assertThat(item.found()).isInstanceOf(Found.Present.class);
  }

  @Test
  void a_truncated_certificate_is_unreadable_and_hides_nothing_else() throws IOException {
    var text = Files.readString(cluster.pki("etcd/ca.crt"));
    Files.writeString(cluster.pki("etcd/ca.crt"), text.substring(0, text.length() / 2));

    assertThat(complaints(check(NOW))).contains("etcd-ca unreadable").doesNotContain("apiserver");
  }

  @Test
  void a_key_of_another_certificate_is_a_mismatch() throws IOException {
    Files.copy(
        cluster.pki("apiserver-kubelet-client.key"),
        cluster.pki("apiserver.key"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(complaints(check(NOW))).contains("apiserver key-mismatch");
  }

  @Test
  void a_missing_key_of_a_leaf_is_broken_and_one_of_an_authority_is_external() throws IOException {
    Files.delete(cluster.pki("apiserver.key"));
    Files.delete(cluster.pki("ca.key"));

    var report = check(NOW);

    assertThat(complaints(report)).containsExactly("apiserver key-missing");
    assertThat(report.findings().anyMatch(f -> f.id().equals("external-ca"))).isTrue();
  }

  @Test
  void a_leaf_of_another_cluster_has_the_wrong_issuer() throws IOException {
    var other = TestCluster.create(Files.createDirectory(temp.resolve("other")), START, 6443);
    for (var extension : List.of(".crt", ".key")) {
      Files.copy(
          other.pki("apiserver" + extension),
          cluster.pki("apiserver" + extension),
          StandardCopyOption.REPLACE_EXISTING);
    }

    assertThat(complaints(check(NOW))).contains("apiserver wrong-issuer");
  }

  @Test
  void a_leaf_that_outlives_its_authority_is_warned_about() throws IOException {
    sign("front-proxy-client", START, START.plus(Duration.ofDays(20 * 365)));

    assertThat(complaints(check(NOW))).contains("front-proxy-client outlives-issuer");
  }

  private void sign(String name, Instant from, Instant until) throws IOException {
    var random = new SecureRandom();
    var pair = KeyAlgorithm.ECDSA_P256.generate(random);
    var leaf =
        cluster
            .authority(Authority.FRONT_PROXY_CA)
            .sign(
                new CertificateTemplate(
                    DistinguishedName.of(name, List.of()),
                    List.of(),
                    Leaf.FRONT_PROXY_CLIENT.purposes(),
                    false,
                    from,
                    until,
                    List.of()),
                pair.getPublic(),
                random);
    Files.writeString(cluster.pki(name + ".crt"), Certificates.pem(leaf));
    Files.writeString(
        cluster.pki(name + ".key"), PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
  }

  @Test
  void a_certificate_from_the_future_says_that_the_clock_is_wrong() {
    var report = check(START.minus(Duration.ofDays(100)));

    assertThat(complaints(report)).contains("node clock-behind", "apiserver not-yet-valid");
    assertThat(TextReport.of(report)).contains("set the clock right");
  }

  @Test
  void a_key_that_everybody_can_read_is_warned_about() throws IOException {
    Files.setPosixFilePermissions(
        cluster.pki("etcd/peer.key"), PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(complaints(check(NOW))).containsExactly("etcd-peer secret-readable");
  }

  @Test
  void a_service_account_key_of_another_node_does_not_match() throws IOException {
    Files.copy(cluster.pki("ca.key"), cluster.pki("sa.key"), StandardCopyOption.REPLACE_EXISTING);

    assertThat(complaints(check(NOW))).containsExactly("node service-account-mismatch");
  }

  @Test
  void an_address_of_the_manifests_must_be_among_the_names() throws IOException {
    var manifests = cluster.files().manifests();
    Files.createDirectories(manifests);
    Files.writeString(
        manifests.resolve("kube-apiserver.yaml"),
        """
        kind: Pod
        metadata: {name: kube-apiserver, namespace: kube-system}
        spec: {containers: [{command: [kube-apiserver, --advertise-address=10.1.2.3]}]}
        """);
    Files.writeString(
        manifests.resolve("etcd.yaml"),
        """
        kind: Pod
        metadata: {name: etcd, namespace: kube-system}
        spec: {containers: [{command: [etcd,
          "--listen-client-urls=https://127.0.0.1:2379,https://10.1.2.4:2379"]}]}
        """);

    var snapshot = SnapshotReader.read(cluster.files(), NOW);
    var report =
        Check.decide(
            snapshot.withLive(List.of(), Set.of(InetAddress.getLoopbackAddress())),
            Check.DEFAULT_WARNING);

    assertThat(complaints(report))
        .containsExactly("apiserver lacks-name", "etcd-server lacks-name", "node address-lost");
  }

  @Test
  void etcd_elsewhere_is_no_complaint() throws IOException {
    for (var name : List.of("ca", "server", "peer", "healthcheck-client")) {
      Files.delete(cluster.pki("etcd/" + name + ".crt"));
      Files.delete(cluster.pki("etcd/" + name + ".key"));
    }

    assertThat(complaints(check(NOW))).isEmpty();
  }

  @Test
  void a_worker_is_not_asked_for_a_control_plane() throws IOException {
    var worker = Files.createDirectory(temp.resolve("worker"));
    for (var path :
        List.of(
            "etc/kubernetes/pki/ca.crt", "etc/kubernetes/kubelet.conf", "var/lib/kubelet/pki")) {
      copy(temp.resolve(path), worker.resolve(path));
    }
    var report =
        Check.decide(
            SnapshotReader.read(NodeFiles.below("worker", worker), NOW), Check.DEFAULT_WARNING);

    assertThat(complaints(report)).isEmpty();
    assertThat(report.entries()).hasSize(3);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.resolveSibling(""));
    try (var all = Files.walk(from)) {
      for (var file : all.toList()) {
        Files.copy(
            file,
            to.resolve(from.relativize(file).toString()),
            LinkOption.NOFOLLOW_LINKS,
            StandardCopyOption.COPY_ATTRIBUTES,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void a_kubeconfig_of_a_user_for_another_cluster_is_not_judged() throws IOException {
    var other = TestCluster.create(Files.createDirectory(temp.resolve("other")), START, 7443);
    Files.copy(
        other.layout().kubeconfigDir().resolve("admin.conf"),
        temp.resolve("root/.kube/config"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(complaints(check(NOW))).isEmpty();
    assertThat(complaints(check(START.plus(Duration.ofDays(400)))))
        .doesNotContain(temp + "/root/.kube/config expired");
  }

  @Test
  void json_yaml_and_prometheus_tell_the_same() throws IOException {
    var report = check(START.plus(Duration.ofDays(400)));

    var json = new JsonMapper().readTree(DataReport.json(report));
    assertThat(json.path("status").asText()).isEqualTo("broken");
    assertThat(json.path("certificates")).hasSize(17);
    assertThat(DataReport.yaml(report)).contains("kind: CertificateReport\n");
    var metrics = PrometheusReport.of(List.of(report));
    assertThat(metrics.lines().filter(line -> line.startsWith("x509_cert_expired{")))
        .hasSize(17)
        .anyMatch(line -> line.contains("subject_CN=\"kube-apiserver\"") && line.endsWith(" 1"))
        .anyMatch(line -> line.contains("subject_CN=\"kubernetes\"") && line.endsWith(" 0"));
  }

  @Test
  void a_fleet_is_checked_by_node_name() throws IOException {
    var fleet = Files.createDirectory(temp.resolve("fleet"));
    for (var name : List.of("b", "a", "c")) {
      copy(temp.resolve("etc"), fleet.resolve(name).resolve("etc"));
    }
    Files.delete(fleet.resolve("c/etc/kubernetes/pki/apiserver.crt"));

    var reports =
        new Fleet(Thread.ofVirtual().factory(), 2).check(fleet, NOW, Check.DEFAULT_WARNING);

    assertThat(reports.stream().map(Report::node)).containsExactly("a", "b", "c");
    assertThat(complaints(reports.getLast())).contains("apiserver missing");
  }
}
