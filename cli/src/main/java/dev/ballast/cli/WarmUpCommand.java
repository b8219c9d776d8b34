package dev.ballast.cli;

import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.KeyAlgorithm;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Runs short commands on a cluster made for the purpose, with their output thrown away, so that the
 * launcher's training run sees the classes that they load.
 */
@Command(name = "warm-up", hidden = true, description = "Loads what short commands load.")
final class WarmUpCommand implements Callable<Integer> {

  @Override
  public Integer call() throws IOException {
    Path directory = Files.createTempDirectory("ballast-warm-up");
    try {
      String pki = createCluster(directory);
      String kubeconfigs = directory.toString();
      for (List<String> command :
          List.of(
              List.of("--help"),
              List.of("certs", "--help"),
              List.of(
                  "certs", "check-expiration", "--cert-dir", pki, "--kubeconfig-dir", kubeconfigs),
              List.of(
                  "certs",
                  "check-expiration",
                  "--cert-dir",
                  pki,
                  "--kubeconfig-dir",
                  kubeconfigs,
                  "-o",
                  "json"))) {
        run(command);
      }
      return 0;
    } finally {
      delete(directory);
    }
  }

  private static String createCluster(Path directory) {
    Layout layout = new Layout(directory.resolve("pki"), directory);
    new ClusterCreation(
            new InitConfiguration(
                ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                "warm-up",
                InetAddress.getLoopbackAddress(),
                6443),
            layout,
            Release.LATEST,
            new KeyForge(new SecureRandom(), Threads.TASKS, 1),
            Instant.now(),
            _ -> {})
        .createAll();
    return layout.certificatesDir().toString();
  }

  private static void run(List<String> command) {
    String[] arguments = command.toArray(String[]::new);
    CommandLine cli = Ballast.commandLine(arguments);
    PrintWriter nowhere =
        new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    cli.setOut(nowhere);
    cli.setErr(nowhere);
    cli.execute(arguments);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
