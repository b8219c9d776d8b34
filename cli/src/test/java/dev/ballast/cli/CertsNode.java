package dev.ballast.cli;

import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.KeyAlgorithm;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The files of a control-plane node in a directory, and the whole {@code ballast} to run on it. */
final class CertsNode {
  private final Layout layout;
  private String out = "";
  private String err = "";

  private CertsNode(Layout layout) {
    this.layout = layout;
  }

  /** A node whose certificates begin at a moment of one's choice, with P-256 keys. */
  static CertsNode create(Path directory, Instant start) {
    var node = at(directory);
    new ClusterCreation(
            new InitConfiguration(
                ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
                "cp-1",
                InetAddress.ofLiteral("192.0.2.10"),
                6443),
            node.layout,
            Release.LATEST,
            new KeyForge(new SecureRandom(), Thread.ofVirtual().factory(), 2),
            start,
            _ -> {})
        .createAll();
    return node;
  }

  /** A node that has no files yet. */
  static CertsNode at(Path directory) {
    return new CertsNode(new Layout(directory.resolve("pki"), directory));
  }

  Layout layout() {
    return layout;
  }

  Path pki(String name) {
    return layout.certificatesDir().resolve(name);
  }

  Path conf(String name) {
    return layout.kubeconfigDir().resolve(name);
  }

  /** Runs {@code ballast certs LINE} on this node without asking a cluster; its exit code. */
  int certs(String line, String... more) {
    var arguments = new ArrayList<>(List.of("certs"));
    arguments.addAll(List.of(line.split(" ", -1)));
    arguments.addAll(
        List.of(
            "--cert-dir",
            layout.certificatesDir().toString(),
            "--kubeconfig-dir",
            layout.kubeconfigDir().toString()));
    if (line.startsWith("check-expiration") || line.startsWith("renew")) {
      arguments.add("--offline");
    }
    if (line.startsWith("renew")
        && !line.contains("--key-algorithm")
        && !List.of(more).contains("--key-algorithm")) {
      arguments.addAll(List.of("--key-algorithm", "ECDSA-P256"));
    }
    arguments.addAll(List.of(more));
    var words = arguments.toArray(String[]::new);
    var cli = Ballast.commandLine(words);
    var outText = new StringWriter();
    var errText = new StringWriter();
    cli.setOut(new PrintWriter(outText));
    cli.setErr(new PrintWriter(errText));
    int code = cli.execute(words);
    out = outText.toString();
    err = errText.toString();
    return code;
  }

  /** What the last command wrote to standard output. */
  String out() {
    return out;
  }

  /** What the last command wrote to standard error. */
  String err() {
    return err;
  }

  /**
   * Everything below the node's directory: what it is, its mode, when it was written and its bytes.
   */
  Map<String, String> tree() throws IOException {
    var tree = new TreeMap<String, String>();
    try (var files = Files.walk(layout.kubeconfigDir())) {
      for (Path file : files.toList()) {
        tree.put(file.toString(), description(file));
      }
    }
    return tree;
  }

  private static String description(Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      return "-> " + Files.readSymbolicLink(file);
    }
    var mode =
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    return mode
        + " "
        + Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
        + " "
        + (Files.isRegularFile(file)
            ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
            : "directory");
  }
}
