package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How {@code certs check} ends, and what it gives to programs. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsCheckCommandTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final String CHECK = "check --no-probe --node cp-1";

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "1, '', 0",
    "340, '', 3",
    "340, --warn 10d, 0",
    "1, --warn 364d, 3",
    "366, '', 4",
    "366, --warn 0s, 4",
    "3651, '', 4"
  })
  void the_exit_code_is_that_of_the_worst_and_only_when_asked_for(int age, String option, int code)
      throws Exception {
    var node = CertsNode.create(directory, NOW.minus(Duration.ofDays(age)));
    var line = (CHECK + " " + option).strip();
    Map<String, String> before = node.tree();

    assertThat(node.certs(line)).as(node.err()).isZero();
    assertThat(node.certs(line + " --exit-code")).as(node.out()).isEqualTo(code);
    assertThat(node.err()).isEmpty();
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void prometheus_gets_each_certificate_and_each_finding() throws Exception {
    var node = CertsNode.create(directory, NOW.minus(Duration.ofDays(366)));
    Files.writeString(node.pki("etcd/ca.crt"), "broken");

    assertThat(node.certs(CHECK + " -o prometheus --exit-code")).isEqualTo(4);

    // openssl, in dates of its own, agrees with the metric.
    var end =
        Openssl.ok(directory, "x509 -noout -enddate -dateopt iso_8601 -in pki/apiserver.crt")
            .strip()
            .replace("notAfter=", "")
            .replace(' ', 'T');
    assertThat(node.out())
        .containsPattern(
            "\nx509_cert_not_after\\{node=\"cp-1\",name=\"apiserver\",filepath=\"\\S+/apiserver.crt\","
                + "serial_number=\"\\d+\",subject_CN=\"kube-apiserver\",issuer_CN=\"kubernetes\"} "
                + Instant.parse(end).getEpochSecond()
                + "\n")
        .containsPattern("\nx509_cert_expired\\{node=\"cp-1\",name=\"apiserver\",.*} 1\n")
        .containsPattern("\nx509_cert_expired\\{node=\"cp-1\",name=\"ca\",.*} 0\n")
        .contains("\nx509_read_errors{node=\"cp-1\"} 1\n")
        .contains(
            "\nballast_certificates_finding{node=\"cp-1\",name=\"apiserver\",level=\"broken\",id=\"expired\"} 1\n")
        .contains(
            "\nballast_certificates_finding{node=\"cp-1\",name=\"etcd-ca\",level=\"broken\",id=\"unreadable\"} 1\n");
    assertThat(node.out().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) \\w+ .+|\\w+\\{(\\w+=\"[^\"]*\",?)+} \\d+"));
    assertThat(node.out().lines().distinct().count()).isEqualTo(node.out().lines().count());
  }

  @Test
  void a_report_for_the_collector_is_written_whole_or_not_at_all() throws Exception {
    var node = CertsNode.create(directory, NOW);
    var file = directory.resolve("ballast.prom");

    assertThat(node.certs(CHECK + " -o prometheus --output-file " + file)).isZero();
    assertThat(node.out()).isEmpty();
    assertThat(file).content().contains("x509_cert_not_after{").endsWith("\n");
    assertThat(node.certs(CHECK + " -o prometheus --output-file " + directory.resolve("no/x")))
        .isEqualTo(1);
    assertThat(node.err()).contains("cannot write " + directory.resolve("no/x"));
  }

  @Test
  void nothing_to_look_at_is_an_error_and_not_a_node_that_is_well() {
    var node = CertsNode.create(directory, NOW);

    assertThat(node.certs(CHECK + " --exit-code", "--rootfs", directory.resolve("no").toString()))
        .isEqualTo(1);
    assertThat(node.err()).contains("there are no certificates in");
  }
}
