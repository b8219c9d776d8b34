package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command as a process for which the kernel keeps the modes of files, which it does not for
 * root: it is started without the capabilities that pass over them.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsUnprivilegedTest {
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
  private static final String PASS_OVER = "-dac_override,-dac_read_search";

  @TempDir private Path directory;
  private CertsNode node;
  private String said = "";

  @BeforeEach
  void a_node() {
    node = CertsNode.create(directory, Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  @AfterEach
  void open_what_was_closed() throws Exception {
    mode(directory, "rwx------");
    mode(node.layout().certificatesDir(), "rwx------");
  }

  private static void mode(Path file, String mode) throws Exception {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private int certs(String line, String... more) throws Exception {
    var command = new ArrayList<String>();
    if (new com.sun.security.auth.module.UnixSystem().getUid() == 0) {
      if (!"true".equals(System.getenv("CI"))) {
        Assumptions.assumeTrue(Files.isExecutable(SETPRIV), "setpriv is not installed");
      }
      command.addAll(
          List.of(SETPRIV.toString(), "--bounding-set", PASS_OVER, "--inh-caps", PASS_OVER));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.add("certs");
    command.addAll(List.of(line.split(" ", -1)));
    command.addAll(List.of("--cert-dir", node.layout().certificatesDir().toString()));
    command.addAll(List.of("--kubeconfig-dir", node.layout().kubeconfigDir().toString()));
    command.addAll(List.of(more));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor();
  }

  private int renew(String name) throws Exception {
    return certs("renew " + name, "--offline", "--key-algorithm", "ECDSA-P256");
  }

  @Test
  void a_certificate_that_may_not_be_read_is_named_and_the_rest_is_printed() throws Exception {
    mode(node.pki("etcd/server.crt"), "---------");

    assertThat(certs("check-expiration --offline")).isEqualTo(1);

    assertThat(said)
        .contains("!BROKEN! etcd-server", "364d")
        .endsWith(
            "error: cannot read "
                + node.pki("etcd/server.crt")
                + ": permission denied\n  try: run as root\n");
  }

  @Test
  void a_key_that_may_not_be_read_is_not_taken_for_an_external_authority() throws Exception {
    Map<String, String> before = node.tree();
    mode(node.pki("ca.key"), "---------");

    assertThat(renew("apiserver")).isEqualTo(1);

    assertThat(said)
        .isEqualTo(
            "error: failed to renew certificate apiserver: cannot read "
                + node.pki("ca.key")
                + ": permission denied\n  try: run as root\nnothing was changed\n");
    mode(node.pki("ca.key"), "rw-------");
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void a_directory_that_may_not_be_looked_into_is_not_taken_for_an_empty_one() throws Exception {
    mode(node.layout().certificatesDir(), "---------");

    assertThat(certs("check-expiration --offline")).isEqualTo(1);

    assertThat(said)
        .contains("cannot read " + node.pki("ca.crt") + ": permission denied\n  try: run as root\n")
        .contains("!BROKEN! apiserver")
        .doesNotContain("MISSING");
  }

  @Test
  void a_directory_of_certificates_that_may_not_be_written_changes_nothing() throws Exception {
    assertThat(renew("scheduler.conf")).as(said).isZero();
    Map<String, String> before = node.tree();
    mode(node.layout().certificatesDir(), "r-xr-xr-x");

    assertThat(renew("all")).isEqualTo(1);

    assertThat(said)
        .contains("permission denied", "run as root", "nothing was changed")
        .contains(node.layout().certificatesDir().toString());
    mode(node.layout().certificatesDir(), "rwxr-xr-x");
    assertThat(certificatesOf(node.tree()))
        .isEqualTo(certificatesOf(before))
        .hasSizeGreaterThan(20);
    assertThat(node.tree().keySet()).noneMatch(path -> path.contains(".ballast-change"));
  }

  @Test
  void a_directory_of_kubeconfigs_that_may_not_be_written_changes_nothing() throws Exception {
    Map<String, String> before = node.tree();
    mode(directory, "r-xr-xr-x");

    assertThat(renew("all")).isEqualTo(1);

    assertThat(said)
        .startsWith("error: cannot begin a change: " + directory.resolve("ballast"))
        .contains("permission denied; run as root; nothing was changed");
    mode(directory, "rwx------");
    assertThat(certificatesOf(node.tree()))
        .isEqualTo(certificatesOf(before))
        .hasSizeGreaterThan(20);
    assertThat(directory.resolve("ballast")).doesNotExist();
  }

  /** Every file of the node with its bytes and times, without our own state. */
  private Map<String, String> certificatesOf(Map<String, String> tree) {
    var own = directory.resolve("ballast").toString();
    tree.entrySet()
        .removeIf(
            entry -> entry.getKey().startsWith(own) || entry.getValue().endsWith(" directory"));
    return tree;
  }
}
