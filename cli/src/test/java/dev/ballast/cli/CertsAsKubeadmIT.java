package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ConfigurationSource;
import dev.ballast.certificates.config.NodeDefaults;
import dev.ballast.certificates.creation.ClusterCreation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of kubeadm on a node in {@code /etc/kubernetes}, in one script that kubeadm ran as
 * well: what is printed and made is the same text, with openssl reading the certificates.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsAsKubeadmIT {
  private static final Path RECORDED = Path.of("src/test/resources/kubeadm").toAbsolutePath();

  @TempDir private Path temp;

  @Test
  void what_kubeadm_prints_and_makes_is_what_we_print_and_make() throws Exception {
    var start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    try (var machines = CertsMachines.in(temp.toRealPath(), start)) {
      answer(machines, start);
    }

    var ours = temp.toRealPath().resolve("answers");
    var softly = new SoftAssertions();
    try (var recorded = Files.list(RECORDED.resolve("1.36.3"))) {
      var files = recorded.sorted().toList();
      assertThat(files).hasSizeGreaterThan(9);
      for (var file : files) {
        softly
            .assertThat(ours.resolve(file.getFileName()))
            .as(file.getFileName().toString())
            .hasSameTextualContentAs(file);
      }
    }
    softly.assertAll();
  }

  private void answer(CertsMachines machines, Instant start) throws Exception {
    machines.machine("cp-1");
    new ClusterCreation(
            ConfigurationSource.file(RECORDED.resolve("config.yaml"), NodeDefaults.UNKNOWN)
                .configuration(),
            machines.layout("cp-1"),
            Release.LATEST,
            new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2),
            start,
            _ -> {})
        .createAll();
    machines
        .on(
            "cp-1",
            "sh " + RECORDED.resolve("answers") + " ballast " + temp.toRealPath() + "/answers")
        .orFail();
  }
}
