package dev.ballast.certificates;

import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.KeyAlgorithm;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Clusters for tests. */
public final class Clusters {
  public static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  public static final KeyForge FORGE =
      new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2);

  private Clusters() {}

  public static InitConfiguration configuration(KeyAlgorithm algorithm) {
    return new InitConfiguration(
        ClusterConfiguration.DEFAULT.withKeyAlgorithm(algorithm),
        "cp-1",
        InetAddress.ofLiteral("192.0.2.10"),
        6443);
  }

  /** A whole cluster with P-256 keys under a directory. */
  public static Layout create(Path directory) {
    var layout = new Layout(directory.resolve("pki"), directory);
    create(configuration(KeyAlgorithm.ECDSA_P256), layout, Release.LATEST);
    return layout;
  }

  /** What kubeadm would have said while it was made. */
  public static List<String> create(
      InitConfiguration configuration, Layout layout, Release release) {
    var said = new ArrayList<String>();
    new ClusterCreation(configuration, layout, release, FORGE, START, said::add).createAll();
    return said;
  }
}
