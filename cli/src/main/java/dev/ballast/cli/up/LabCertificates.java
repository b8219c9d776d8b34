package dev.ballast.cli.up;

import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.certificates.expiration.ExpirationReport;
import dev.ballast.certificates.expiration.ExpirationReport.Entry;
import dev.ballast.certificates.expiration.ExpirationReport.Expiry;
import dev.ballast.cli.Threads;
import dev.ballast.pki.KeyAlgorithm;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The certificates of the lab's cluster, in kubeadm's layout. */
final class LabCertificates {
  private final Layout layout;

  private LabCertificates(Layout layout) {
    this.layout = layout;
  }

  /** Makes them below a directory: {@code pki}, and the kubeconfigs beside it. */
  static LabCertificates create(Path directory, String node, InetAddress address, Instant now) {
    Layout layout = new Layout(directory.resolve("pki"), directory);
    KeyForge forge =
        new KeyForge(new SecureRandom(), Threads.TASKS, Runtime.getRuntime().availableProcessors());
    new ClusterCreation(
            new InitConfiguration(
                // P-256: ten RSA keys would take longer than the rest of the lab together.
                ClusterConfiguration.DEFAULT
                    .withCertificatesDir(layout.certificatesDir())
                    .withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                node,
                address,
                InitConfiguration.DEFAULT_PORT),
            layout,
            Release.LATEST,
            forge,
            now,
            _ -> {})
        .createAll();
    return new LabCertificates(layout);
  }

  Layout layout() {
    return layout;
  }

  /** A certificate and how long it is good for; missing or broken ones have no days. */
  record Row(String name, String days) {}

  /** As they are on the disk now. */
  List<Row> rows(Instant now) {
    ExpirationReport report = ExpirationReport.of(Inventory.read(layout, Release.LATEST, false));
    List<Row> rows = new ArrayList<>();
    Stream.concat(report.certificates().stream(), report.authorities().stream())
        .forEach(entry -> rows.add(new Row(entry.label(), days(entry, now))));
    return rows;
  }

  private static String days(Entry entry, Instant now) {
    return switch (entry.expiry()) {
      case Expiry.Known known -> Duration.between(now, known.notAfter()).toDays() + "d";
      case Expiry.Missing _ -> "missing";
      case Expiry.Broken _ -> "unreadable";
    };
  }
}
