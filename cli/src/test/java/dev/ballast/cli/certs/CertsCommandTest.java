package dev.ballast.cli.certs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.cli.CommandTree;
import dev.ballast.cli.kubeconfig.KubeconfigCommand;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsCommandTest {
  @TempDir private Path directory;
  private Layout layout;
  private String out = "";
  private String err = "";

  @BeforeEach
  void a_cluster() {
    layout = new Layout(directory.resolve("pki"), directory);
    new ClusterCreation(
            new InitConfiguration(
                ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                "cp-1",
                InetAddress.ofLiteral("192.0.2.10"),
                6443),
            layout,
            Release.LATEST,
            new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2),
            Instant.now(),
            _ -> {})
        .createAll();
  }

  private int run(Object command, String... arguments) {
    var cli = CommandTree.whole(command).setCaseInsensitiveEnumValuesAllowed(true);
    var outText = new StringWriter();
    var errText = new StringWriter();
    cli.setOut(new PrintWriter(outText));
    cli.setErr(new PrintWriter(errText));
    cli.setExecutionExceptionHandler((thrown, at, _) -> {
      at.getErr().println("error: " + thrown.getMessage());
      return 1;
    });
    int code = cli.execute(arguments);
    out = outText.toString();
    err = errText.toString();
    return code;
  }

  private int certs(String command, String... more) {
    var arguments = new ArrayList<>(List.of(command.split(" ", -1)));
    arguments.addAll(
        List.of(
            "--cert-dir",
            layout.certificatesDir().toString(),
            "--kubeconfig-dir",
            directory.toString(),
            "--offline"));
    arguments.addAll(List.of(more));
    return run(new CertsCommand(), arguments.toArray(String[]::new));
  }

  @Test
  void the_table_is_printed_and_the_exit_code_is_that_of_kubeadm() {
    assertThat(certs("check-expiration")).isZero();
    assertThat(out).startsWith("CERTIFICATE                EXPIRES ").contains("364d", "9y");
    assertThat(out.lines()).hasSize(17);
    assertThat(err).isEmpty();
  }

  @Test
  void a_broken_file_costs_the_exit_code_and_nothing_else() throws Exception {
    Files.writeString(layout.certificate(Leaf.APISERVER), "broken");

    assertThat(certs("check-expiration")).isEqualTo(1);
    assertThat(out).contains("!BROKEN! apiserver").contains("etcd-server");
    assertThat(err).contains("error: ", "apiserver.crt holds no certificate", "  try: ");
  }

  @Test
  void structured_output_is_the_schema_of_kubeadm() {
    assertThat(certs("check-expiration", "-o", "json")).isZero();
    assertThat(out)
        .startsWith(
            "{\n    \"kind\": \"CertificateExpirationInfo\",\n    \"apiVersion\": \"output.kubeadm.k8s.io/v1alpha3\",\n    \"certificates\": [\n        {\n            \"name\": \"admin.conf\",\n            \"expirationDate\": \"")
        .endsWith("\n    ]\n}\n");
    assertThat(certs("check-expiration", "--experimental-output", "yaml")).isZero();
    assertThat(out)
        .startsWith(
            "apiVersion: output.kubeadm.k8s.io/v1alpha3\ncertificateAuthorities:\n- expirationDate: \"");
    assertThat(certs("check-expiration", "-o", "jsonpath={.certificates[*].name}")).isZero();
    assertThat(out).startsWith("admin.conf apiserver apiserver-etcd-client");
    assertThat(certs("check-expiration", "-o", "nothing")).isEqualTo(1);
    assertThat(err).contains("allowed formats are");
    assertThat(certs("check-expiration", "-o", "jsonpath={.certificates[0]}")).isZero();
    assertThat(out).startsWith("{\"caName\":\"ca\",\"expirationDate\":");
    assertThat(certs("check-expiration", "-o", "kyaml")).isZero();
    assertThat(out)
        .startsWith(
            """
            ---
            {
              kind: "CertificateExpirationInfo",
              apiVersion: "output.kubeadm.k8s.io/v1alpha3",
              certificates: [{
                name: "admin.conf",
                expirationDate: "2\
            """)
        .contains(
            """
                caName: "ca",
                missing: false,
              }, {
                name: "apiserver",
            """)
        .endsWith("    missing: false,\n  }],\n}\n");
  }

  @Test
  void an_empty_directory_is_a_table_of_what_is_missing_and_a_warning() {
    assertThat(
            run(
                new CertsCommand(),
                "check-expiration",
                "--offline",
                "--cert-dir",
                directory.resolve("none").toString(),
                "--kubeconfig-dir",
                directory.resolve("none").toString()))
        .isZero();
    assertThat(out.lines().filter(line -> line.startsWith("!MISSING! "))).hasSize(14);
    assertThat(err).startsWith("warning: there are no certificates in").contains("  try: run it");
  }

  @Test
  void etcd_elsewhere_is_missing_and_no_error_though_nobody_says_that_it_is() throws Exception {
    for (String name :
        List.of(
            "etcd/ca",
            "etcd/server",
            "etcd/peer",
            "etcd/healthcheck-client",
            "apiserver-etcd-client")) {
      Files.delete(layout.certificatesDir().resolve(name + ".crt"));
    }

    assertThat(certs("check-expiration")).as(err).isZero();
    assertThat(out.lines().filter(line -> line.startsWith("!MISSING! "))).hasSize(5);
  }

  @Test
  void a_renewal_says_what_kubeadm_says_and_a_dry_run_does_nothing() throws Exception {
    byte[] before = Files.readAllBytes(layout.certificate(Leaf.APISERVER));

    assertThat(certs("renew all", "--dry-run", "--key-algorithm", "ECDSA-P256")).isZero();
    assertThat(out).contains("apiserver: would be renewed");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isEqualTo(before);

    assertThat(certs("renew all", "--key-algorithm", "ECDSA-P256")).isZero();
    assertThat(out)
        .startsWith(
            "certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself renewed\ncertificate for serving the Kubernetes API renewed\n")
        .endsWith(
            "\n\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isNotEqualTo(before);
  }

  @Test
  void a_renewal_with_restart_asks_the_node_and_never_a_disk_of_another() throws Exception {
    byte[] before = Files.readAllBytes(layout.certificate(Leaf.APISERVER));

    assertThat(certs("renew apiserver", "--restart", "manifests", "--rootfs", "/")).isEqualTo(1);
    assertThat(err).contains("--restart is for the machine that runs");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isEqualTo(before);

    assertThat(certs("renew apiserver", "--restart", "manifests")).as(err).isZero();
    assertThat(out)
        .contains("Done; nothing had to be restarted.", "ballast certs restore ")
        .endsWith("certificate for serving the Kubernetes API renewed\n");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isNotEqualTo(before);
  }

  @Test
  void one_refusal_leaves_everything_as_it_was() throws Exception {
    Files.writeString(layout.certificatesDir().resolve("front-proxy-ca.key"), "broken");
    byte[] before = Files.readAllBytes(layout.certificate(Leaf.APISERVER));

    assertThat(certs("renew all")).isEqualTo(1);
    assertThat(err)
        .contains("failed to renew certificate front-proxy-client", "nothing was changed");
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isEqualTo(before);
  }

  @Test
  void external_and_missing_are_said_and_are_no_failure() throws Exception {
    Files.delete(layout.certificatesDir().resolve("front-proxy-ca.key"));
    Files.delete(layout.certificate(Leaf.ETCD_PEER));

    assertThat(certs("renew all", "--key-algorithm", "ECDSA-P256")).isZero();
    assertThat(out)
        .contains(
            "Detected external front-proxy-ca, certificate for the front proxy client can't be renewed\n",
            "MISSING! certificate for etcd nodes to communicate with each other\n");
  }

  @Test
  void a_name_is_added_to_one_serving_certificate_only() {
    assertThat(certs("renew apiserver", "--add-san", "lb.example,10.0.0.7")).isZero();
    assertThat(
            Certificates.names(Certificates.read(layout.certificate(Leaf.APISERVER)).getFirst())
                .toString())
        .contains("DNS:lb.example", "IP:10.0.0.7");
    assertThat(certs("renew all", "--add-san", "x")).isEqualTo(1);
    assertThat(certs("renew apiserver", "--add-san", "under_score")).isEqualTo(1);
    assertThat(err).contains("neither an address nor a DNS name");
  }

  @Test
  void a_name_is_removed_from_one_serving_certificate() throws Exception {
    assertThat(certs("renew apiserver", "--add-san", "lb.example,10.0.0.7")).isZero();
    assertThat(certs("renew apiserver", "--remove-san", "lb.example", "--remove-san", "10.0.0.7"))
        .as(err)
        .isZero();
    assertThat(openssl("x509", "-noout", "-ext", "subjectAltName", "-in", apiserver()))
        .contains("DNS:cp-1", "IP Address:192.0.2.10")
        .doesNotContain("lb.example", "10.0.0.7");
    assertThat(certs("renew admin.conf", "--remove-san", "x")).isEqualTo(1);
    assertThat(err).contains("on one serving certificate at a time");
  }

  @ParameterizedTest
  @CsvSource({
    "RSA-2048, 2048 bit",
    "RSA-3072, 3072 bit",
    "RSA-4096, 4096 bit",
    "ECDSA-P256, prime256v1",
    "ECDSA-P384, secp384r1"
  })
  void the_key_is_of_the_algorithm_that_was_asked_for_or_configured(String algorithm, String seen)
      throws Exception {
    assertThat(certs("renew apiserver", "--key-algorithm", algorithm)).as(err).isZero();

    assertThat(openssl("x509", "-noout", "-text", "-in", apiserver())).contains(seen);
    assertThat(openssl("x509", "-noout", "-pubkey", "-in", apiserver()))
        .isEqualTo(openssl("pkey", "-pubout", "-in", apiserver().replace(".crt", ".key")));
    assertThat(openssl("verify", "-CAfile", layout.certificatesDir() + "/ca.crt", apiserver()))
        .endsWith("OK\n");
    var config =
        Files.writeString(
            directory.resolve("config.yaml"),
            """
            apiVersion: kubeadm.k8s.io/v1beta4
            kind: ClusterConfiguration
            encryptionAlgorithm: %s
            certificateValidityPeriod: 100h
            """
                .formatted(algorithm));
    assertThat(certs("renew apiserver", "--dry-run", "--config", config.toString())).isZero();
    assertThat(out).contains(algorithm);
  }

  @Test
  void the_directory_of_the_option_wins_over_that_of_the_configuration() throws Exception {
    var config =
        Files.writeString(
            directory.resolve("config.yaml"),
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: "
                + directory.resolve("elsewhere"));

    String[] without = {
      "check-expiration", "--kubeconfig-dir", "" + directory, "--config", "" + config
    };
    assertThat(run(new CertsCommand(), without)).isEqualTo(1);
    assertThat(out).contains("!MISSING! apiserver");
    assertThat(certs("check-expiration", "--config", config.toString())).isZero();
    assertThat(out).doesNotContain("!MISSING!");
    Files.move(layout.certificatesDir(), directory.resolve("elsewhere"));
    assertThat(run(new CertsCommand(), without)).as(err).isZero();
    assertThat(out).doesNotContain("!MISSING!");
  }

  @Test
  void a_mounted_disk_is_looked_at_and_renewed_under_its_root() throws Exception {
    var root = directory.resolve("disk");
    Files.createDirectories(root.resolve("etc/kubernetes"));
    Files.move(layout.certificatesDir(), root.resolve("etc/kubernetes/pki"));
    var renewed = root.resolve("etc/kubernetes/pki/apiserver.crt");
    byte[] before = Files.readAllBytes(renewed);
    String[] where = {"--rootfs", root.toString(), "--offline"};

    assertThat(run(new CertsCommand(), "check-expiration", where[0], where[1], where[2])).isZero();
    assertThat(out).contains("apiserver-etcd-client").contains("!MISSING! admin.conf");
    assertThat(
            run(
                new CertsCommand(),
                "renew",
                "apiserver",
                where[0],
                where[1],
                where[2],
                "--key-algorithm",
                "ECDSA-P256"))
        .as(err)
        .isZero();
    assertThat(renewed).isRegularFile();
    assertThat(Files.readAllBytes(renewed)).isNotEqualTo(before);
    assertThat(root.resolve("etc/kubernetes/ballast/backups")).isDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use-api", "--csr-only", "--csr-dir=/x"})
  void what_kubeadm_has_dropped_is_refused_by_name(String option) throws Exception {
    byte[] before = Files.readAllBytes(layout.certificate(Leaf.APISERVER));

    assertThat(certs("renew all", option)).isEqualTo(1);
    assertThat(err).contains("Unknown option: '" + option);
    assertThat(Files.readAllBytes(layout.certificate(Leaf.APISERVER))).isEqualTo(before);
  }

  private String apiserver() {
    return layout.certificate(Leaf.APISERVER).toString();
  }

  private static boolean onPath(String program) {
    return List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static String openssl(String... arguments) throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "no openssl");
    }
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
    openssl.getOutputStream().close();
    String said = new String(openssl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(openssl.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void a_certificate_key_is_64_digits() {
    assertThat(run(new CertsCommand(), "certificate-key")).isZero();
    assertThat(out).matches("[0-9a-f]{64}\n");
  }

  @Test
  void requests_are_written_once_and_openssl_verifies_each() throws Exception {
    String[] arguments = {
      "generate-csr",
      "--cert-dir",
      directory.resolve("csr/pki").toString(),
      "--kubeconfig-dir",
      directory.resolve("csr").toString()
    };

    assertThat(run(new CertsCommand(), arguments)).isZero();
    assertThat(out)
        .startsWith(
            "generating keys and CSRs in " + directory.resolve("csr/pki") + "\n  apiserver\n")
        .contains("\n  etcd/healthcheck-client\n")
        .endsWith(
            """
            generating keys and CSRs in %s
              admin.conf
              super-admin.conf
              kubelet.conf
              controller-manager.conf
              scheduler.conf
            """
                .formatted(directory.resolve("csr")));
    assertThat(directory.resolve("csr/pki/etcd/healthcheck-client.csr")).exists();
    assertThat(directory.resolve("csr/kubelet.conf.csr")).exists();
    try (var files = Files.walk(directory.resolve("csr"))) {
      var requests = files.filter(file -> file.toString().endsWith(".csr")).toList();
      assertThat(requests).hasSize(12);
      for (Path request : requests) {
        assertThat(openssl("req", "-verify", "-noout", "-in", request.toString()))
            .as("%s", request)
            .contains("verify OK");
      }
    }
    assertThat(openssl("req", "-noout", "-subject", "-in", directory + "/csr/pki/apiserver.csr"))
        .contains("CN = kube-apiserver");
    assertThat(run(new CertsCommand(), arguments)).isEqualTo(1);
    assertThat(err).contains("file already exists: key or CSR");
  }

  @Test
  void kubectl_reads_the_kubeconfig_of_a_user() throws Exception {
    assertThat(
            run(
                new KubeconfigCommand(),
                "user",
                "--client-name",
                "jane",
                "--org",
                "dev,ops",
                "--cert-dir",
                layout.certificatesDir().toString(),
                "--kubeconfig-dir",
                directory.toString()))
        .isZero();
    Path file = Files.writeString(directory.resolve("jane.conf"), out);
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(onPath("kubectl"), "kubectl is missing; dev/peers installs it");
    }
    Process kubectl =
        new ProcessBuilder(
                "kubectl",
                "--kubeconfig",
                file.toString(),
                "config",
                "view",
                "-o",
                "jsonpath={.clusters[0].cluster.server} {.contexts[0].name} {.users[0].name}")
            .redirectErrorStream(true)
            .start();
    String said = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(kubectl.waitFor()).as(said).isZero();
    assertThat(said).isEqualTo("https://192.0.2.10:6443 jane@kubernetes jane");
  }

  @Test
  void a_user_needs_a_name_and_a_long_life_is_warned_about() {
    String[] place = {
      "user",
      "--cert-dir",
      layout.certificatesDir().toString(),
      "--kubeconfig-dir",
      directory.toString(),
      "--validity-period",
      "8761h"
    };
    var line = new ArrayList<>(List.of(place));
    line.addAll(List.of("--client-name", ""));
    assertThat(run(new KubeconfigCommand(), line.toArray(String[]::new))).isEqualTo(1);
    assertThat(err).contains("must specify a CommonName");
    assertThat(out).isEmpty();

    line.set(line.size() - 1, "jane");
    assertThat(run(new KubeconfigCommand(), line.toArray(String[]::new))).isZero();
    assertThat(err)
        .startsWith("warning: the specified certificate validity period 8761h is longer");
    assertThat(out).startsWith("apiVersion: v1\n").endsWith("\n\n");
  }

  @Test
  void a_user_with_a_token_needs_no_key_of_the_authority() throws Exception {
    Files.delete(layout.certificatesDir().resolve("ca.key"));

    assertThat(
            run(
                new KubeconfigCommand(),
                "user",
                "--client-name",
                "jane",
                "--token",
                "abc.def",
                "--cert-dir",
                layout.certificatesDir().toString(),
                "--kubeconfig-dir",
                directory.toString()))
        .isZero();
    assertThat(out).contains("    token: abc.def\n").doesNotContain("client-key-data");
  }
}
