package dev.ballast.certificates.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.live.Endpoint;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.testkit.Openssl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each thing that the report must not overlook, alone on a node that is well otherwise. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class WholeTruthTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = START.plus(Duration.ofDays(10));
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @TempDir(factory = InMemory.class)
  Path temp;

  private final SecureRandom random = new SecureRandom();
  private TestCluster cluster;

  @BeforeEach
  void create() throws IOException {
    cluster = TestCluster.create(temp, START, 6443);
    settle();
  }

  private void settle() throws IOException {
    try (var files = Files.walk(temp)) {
      for (var file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(START));
      }
    }
  }

  private List<String> complaints() throws IOException {
    settle();
    return complaints(
        Check.decide(SnapshotReader.read(cluster.files(), NOW), Check.DEFAULT_WARNING));
  }

  /** The ids of what is worse than a note, with what they are about. */
  private static List<String> complaints(Report report) {
    var lines = new ArrayList<String>();
    report.entries().forEach(e -> e.findings().forEach(f -> add(lines, e.item().name(), f)));
    report
        .ports()
        .forEach(e -> e.findings().forEach(f -> add(lines, e.port().endpoint().component(), f)));
    report.general().forEach(f -> add(lines, "node", f));
    return lines;
  }

  private static void add(List<String> lines, String name, Finding finding) {
    if (finding.level().compareTo(Finding.Level.NOTE) > 0) {
      lines.add(name + " " + finding.level() + " " + finding.id());
    }
  }

  /** A certificate of the cluster's CA and its key, as one text or as two. */
  private List<String> signed(String name, List<String> purposes, Instant until) {
    var pair = KeyAlgorithm.ECDSA_P256.generate(random);
    var made =
        cluster
            .authority(Authority.CA)
            .sign(
                new CertificateTemplate(
                    DistinguishedName.of(name, List.of()),
                    List.of(),
                    purposes,
                    false,
                    START,
                    until,
                    List.of()),
                pair.getPublic(),
                random);
    return List.of(Certificates.pem(made), PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
  }

  @Test
  void a_copy_of_a_kubeconfig_in_the_home_of_a_user() throws IOException {
    var client = signed("jane", List.of(Purpose.CLIENT_AUTH), NOW.minusSeconds(1));
    var config = temp.resolve("home/jane/.kube/config");
    Files.createDirectories(config.resolveSibling(""));
    write(config, withClient(adminConf(), client));

    assertThat(complaints()).containsExactly(config + " BROKEN expired");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void a_copy_in_a_home_that_only_the_list_of_users_names() throws IOException {
    var client = signed("ci", List.of(Purpose.CLIENT_AUTH), NOW.minusSeconds(1));
    write(
        Files.createDirectories(temp.resolve("etc")).resolve("passwd"),
        """
        root:x:0:0:root:/root:/bin/bash
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
        ci:x:999:999:Müller:/srv/ci:/bin/sh
        bad:x:1:1::/../../elsewhere:/bin/sh
        not a line
        """);
    var config = temp.resolve("srv/ci/.kube/config");
    Files.createDirectories(config.resolveSibling(""));
    write(config, withClient(adminConf(), client));

    assertThat(complaints()).containsExactly(config + " BROKEN expired");
  }

  @Test
  void a_copy_from_before_the_authority_was_replaced() throws IOException {
    var other = TestCluster.create(Files.createDirectory(temp.resolve("other")), START, 6443);
    var config = temp.resolve("root/.kube/config");
    var theirs = Files.readString(other.layout().kubeconfigDir().resolve("admin.conf"));

    write(config, theirs);
    assertThat(complaints())
        .containsExactly(config + " BROKEN wrong-issuer", config + " BROKEN trusts-other-ca");

    write(config, theirs.replaceFirst("server: .*", "server: https://192.0.2.99:6443"));
    assertThat(complaints()).as("the kubeconfig of another cluster").isEmpty();
  }

  private String adminConf() throws IOException {
    return Files.readString(cluster.layout().kubeconfigDir().resolve("admin.conf"));
  }

  private static String withClient(String kubeconfig, List<String> client) {
    return kubeconfig
        .replaceFirst(
            "client-certificate-data: .*", "client-certificate-data: " + base64(client.get(0)))
        .replaceFirst("client-key-data: .*", "client-key-data: " + base64(client.get(1)));
  }

  @Test
  void the_client_of_the_kubelet() throws IOException {
    var client = cluster.files().kubeletClient().toRealPath();
    var text = Files.readString(client);
    var certificate = text.substring(0, text.indexOf("-----BEGIN EC"));
    Files.writeString(
        client, certificate + signed("x", List.of(), NOW.plus(Duration.ofDays(90))).get(1));

    assertThat(complaints())
        .contains("kubelet-client BROKEN key-mismatch")
        .allMatch(line -> line.startsWith("kubelet"));
  }

  @Test
  void what_the_kubelet_serves_with_a_certificate_of_the_cluster() throws IOException {
    var pem = cluster.files().kubeletPki().resolve("kubelet-server-current.pem");
    var soon = NOW.plus(Duration.ofDays(20));
    write(pem, String.join("", signed("system:node:x", List.of(Purpose.SERVER_AUTH), soon)));
    assertThat(complaints()).containsExactly("kubelet-server WARNING expires-soon");

    var later = NOW.plus(Duration.ofDays(90));
    write(pem, String.join("", signed("system:node:x", List.of(Purpose.CLIENT_AUTH), later)));
    assertThat(complaints()).containsExactly("kubelet-server BROKEN lacks-purpose");
  }

  @Test
  void what_the_kubelet_serves_with_one_of_its_own_that_nothing_renews() throws IOException {
    var own = signed("node-1@1", List.of(Purpose.SERVER_AUTH), NOW.minusSeconds(1));
    write(cluster.files().kubeletPki().resolve("kubelet.crt"), own.get(0));
    write(cluster.files().kubeletPki().resolve("kubelet.key"), own.get(1));

    assertThat(complaints()).containsExactly("kubelet.crt BROKEN expired");
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void a_clock_behind_a_file_alone() throws IOException {
    Files.setLastModifiedTime(cluster.pki("etcd/peer.crt"), FileTime.from(NOW.plusSeconds(3600)));
    var report = Check.decide(SnapshotReader.read(cluster.files(), NOW), Check.DEFAULT_WARNING);

    assertThat(complaints(report)).containsExactly("node BROKEN clock-behind");
    assertThat(report.general().getFirst().text()).startsWith("a file of the PKI was written at ");
  }

  @Test
  void a_clock_behind_a_certificate_alone() throws IOException {
    settle();
    var early = START.minus(Duration.ofMinutes(11));
    try (var files = Files.walk(temp)) {
      for (var file : files.toList()) {
        Files.setLastModifiedTime(file, FileTime.from(early));
      }
    }
    var report = Check.decide(SnapshotReader.read(cluster.files(), early), Check.DEFAULT_WARNING);

    assertThat(report.general().stream().map(Finding::text))
        .singleElement()
        .asString()
        .startsWith("a certificate is valid from ");
  }

  @Test
  void an_address_that_a_kubeconfig_sends_its_users_to() throws IOException {
    var admin = cluster.layout().kubeconfigDir().resolve("admin.conf");
    Files.writeString(
        admin,
        Files.readString(admin).replaceFirst("server: .*", "server: https://lb.example:6443"));

    assertThat(complaints()).containsExactly("apiserver BROKEN lacks-name");
  }

  /** Each flag of a manifest that sends somebody to an address of the node, or of its service. */
  @ParameterizedTest
  @CsvSource({
    "kube-apiserver, --advertise-address=192.0.2.77, apiserver",
    "kube-apiserver, '--service-cluster-ip-range=fd00:77::/108,10.0.0.0/16', apiserver",
    "etcd, '--listen-client-urls=https://127.0.0.1:2379,https://192.0.2.77:2379', etcd-server",
    "etcd, --advertise-client-urls=https://192.0.2.77:2379, etcd-server",
    "etcd, --listen-peer-urls=https://192.0.2.77:2380, etcd-peer",
    "etcd, --initial-advertise-peer-urls=https://[fd00::77]:2380, etcd-peer"
  })
  void an_address_that_a_manifest_sends_others_to(String pod, String flag, String name)
      throws IOException {
    var manifests = Files.createDirectories(cluster.files().manifests());
    write(
        manifests.resolve(pod + ".yaml"),
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          namespace: kube-system
        spec:
          containers:
          - name: %s
            command:
            - %s
            - %s
        """
            .formatted(pod, pod, pod, flag));

    assertThat(complaints()).containsExactly(name + " BROKEN lacks-name");
  }

  @Test
  void a_kubeconfig_that_trusts_another_cluster() throws IOException {
    var other = TestCluster.create(Files.createDirectory(temp.resolve("other")), START, 6443);
    var admin = cluster.layout().kubeconfigDir().resolve("scheduler.conf");
    Files.writeString(
        admin,
        Files.readString(admin)
            .replaceFirst(
                "certificate-authority-data: .*",
                "certificate-authority-data: " + base64(Files.readString(other.pki("ca.crt")))));

    assertThat(complaints()).containsExactly("scheduler.conf BROKEN trusts-other-ca");
  }

  @Test
  void a_signature_that_clients_refuse() throws Exception {
    Openssl.ok(
        temp,
        "req",
        "-new",
        "-key",
        pki("front-proxy-client.key"),
        "-subj",
        "/CN=x",
        "-out",
        "x.csr");
    Openssl.ok(
        temp,
        "x509",
        "-req",
        "-sha1",
        "-in",
        "x.csr",
        "-CA",
        pki("front-proxy-ca.crt"),
        "-CAkey",
        pki("front-proxy-ca.key"),
        "-CAcreateserial",
        "-days",
        "300",
        "-out",
        pki("front-proxy-client.crt"));
    var now = Instant.now().plusSeconds(60);
    Files.delete(cluster.pki("front-proxy-ca.srl"));

    assertThat(
            complaints(Check.decide(SnapshotReader.read(cluster.files(), now), Duration.ofDays(1))))
        .contains("front-proxy-client BROKEN weak-signature");
  }

  private String pki(String name) {
    return cluster.pki(name).toString();
  }

  @Test
  void a_broken_authority_hides_nothing_of_what_it_signed_nor_of_the_others() throws IOException {
    Files.writeString(cluster.pki("ca.crt"), "broken");
    Files.delete(cluster.pki("front-proxy-client.crt"));
    Files.copy(
        cluster.pki("etcd/peer.key"),
        cluster.pki("apiserver.key"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(complaints())
        .containsExactly(
            "ca BROKEN unreadable",
            "apiserver BROKEN key-mismatch",
            "front-proxy-client BROKEN missing");
  }

  @Test
  void a_port_that_serves_the_file_and_one_that_still_serves_the_old() throws Exception {
    var old = Certificates.read(cluster.pki("apiserver.crt")).getFirst();
    try (var server = serving(old)) {
      var port = server.getLocalPort();
      assertThat(complaints(live(port, NOW))).isEmpty();

      renewApiserver();

      var report = live(port, NOW);
      assertThat(complaints(report)).containsExactly("kube-apiserver WARNING serves-old");
      assertThat(report.ports().getFirst().findings().getFirst().text())
          .contains(old.getSerialNumber().toString(16));
      assertThat(report.ports().getFirst().findings().getFirst().remedy())
          .startsWith("restart kube-apiserver (pid " + ProcessHandle.current().pid() + ", ");
      assertThat(TextReport.of(report)).contains("the old certificate");
      assertThat(PrometheusReport.of(List.of(report)))
          .contains("name=\"port " + port + "\",level=\"warning\",id=\"serves-old\"} 1\n");
    }
  }

  @Test
  void a_port_that_serves_what_has_expired_is_broken() throws Exception {
    var old = Certificates.read(cluster.pki("apiserver.crt")).getFirst();
    try (var server = serving(old)) {
      renewApiserver();

      assertThat(complaints(live(server.getLocalPort(), START.plus(Duration.ofDays(366)))))
          .contains("kube-apiserver BROKEN serves-old");
    }
  }

  @Test
  void a_port_that_serves_the_certificate_of_somebody_else() throws Exception {
    var other = Certificates.read(cluster.pki("etcd/server.crt")).getFirst();
    try (var server = serving(other, PrivateKeys.read(cluster.pki("etcd/server.key")))) {
      assertThat(complaints(live(server.getLocalPort(), NOW)))
          .containsExactly("kube-apiserver WARNING serves-other");
    }
  }

  @Test
  void a_port_that_nobody_listens_at_is_no_complaint() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, HERE)) {
      port = free.getLocalPort();
    }

    var report = live(port, NOW);
    assertThat(complaints(report)).isEmpty();
    assertThat(TextReport.of(report)).contains("closed");
  }

  /** The report with what a port on this machine serves in the place of the API server's. */
  private Report live(int port, Instant now) throws IOException {
    settle();
    var endpoint =
        new Endpoint(
            "kube-apiserver",
            new InetSocketAddress(HERE, port),
            Optional.of(cluster.pki("apiserver.crt")));
    var ports =
        new LivePorts(
                new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(20)),
                Listeners.ofThisMachine(),
                file -> Optional.of(Certificates.read(file).getFirst()))
            .look(List.of(endpoint));
    return Check.decide(
        SnapshotReader.read(cluster.files(), now).withLive(ports, Set.of()), Check.DEFAULT_WARNING);
  }

  private void renewApiserver() throws IOException {
    var old = Certificates.template(Certificates.read(cluster.pki("apiserver.crt")).getFirst());
    var pair = KeyAlgorithm.ECDSA_P256.generate(random);
    var made =
        cluster
            .authority(Leaf.APISERVER.authority())
            .sign(
                old.valid(NOW.minusSeconds(300), NOW.plus(Duration.ofDays(365))),
                pair.getPublic(),
                random);
    Files.writeString(cluster.pki("apiserver.crt"), Certificates.pem(made));
    Files.writeString(
        cluster.pki("apiserver.key"), PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
  }

  private SSLServerSocket serving(X509Certificate certificate) throws Exception {
    return serving(certificate, PrivateKeys.read(cluster.pki("apiserver.key")));
  }

  private static SSLServerSocket serving(X509Certificate certificate, PrivateKey key)
      throws Exception {
    var none = new char[0];
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, none);
    keys.setKeyEntry("serving", key, none, new X509Certificate[] {certificate});
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, none);
    var context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    var server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 10, HERE);
    Thread.ofVirtual().start(() -> answer(server));
    return server;
  }

  /** Until the server is closed: a handshake with whoever comes. */
  private static void answer(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (var socket = (SSLSocket) server.accept()) {
        socket.startHandshake();
      } catch (SSLException e) {
        // The probe hangs up when it has seen the certificate.
        continue;
      } catch (IOException e) {
        // It hung up, or the test is over, which the loop looks at.
        continue;
      }
    }
  }
}
