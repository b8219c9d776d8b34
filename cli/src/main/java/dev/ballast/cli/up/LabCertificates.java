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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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

  /**
   * Returns one line on all certificates as they are on the disk now: how many, which expires
   * first, and which are missing or unreadable.
   */
  String summary(Instant now) {
    ExpirationReport report = ExpirationReport.of(Inventory.read(layout, Release.LATEST, false));
    List<Entry> entries =
        Stream.concat(report.certificates().stream(), report.authorities().stream()).toList();
    List<String> faults = entries.stream().flatMap(entry -> fault(entry).stream()).toList();
    if (!faults.isEmpty()) {
      return "Certificates: " + String.join(", ", faults);
    }
    Entry first =
        entries.stream()
            .min(Comparator.comparing(LabCertificates::notAfter))
            .orElseThrow(() -> new IllegalStateException("no certificates in " + layout));
    return "Certificates: %d valid, the first expires in %d days (%s)"
        .formatted(entries.size(), Duration.between(now, notAfter(first)).toDays(), first.label());
  }

  private static Optional<String> fault(Entry entry) {
    return switch (entry.expiry()) {
      case Expiry.Known _ -> Optional.empty();
      case Expiry.Missing _ -> Optional.of(entry.label() + " is missing");
      case Expiry.Broken _ -> Optional.of(entry.label() + " is unreadable");
    };
  }

  private static Instant notAfter(Entry entry) {
    return switch (entry.expiry()) {
      case Expiry.Known known -> known.notAfter();
      case Expiry.Missing _, Expiry.Broken _ -> Instant.MIN;
    };
  }
}
