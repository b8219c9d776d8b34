package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.certificates.config.GoDuration;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.yaml.Node;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** Refuses values of the wrong type, with their line and column. */
record Shapes(String source) {
  private static final Set<String> OBJECTS =
      Set.of(
          "nodeRegistration",
          "localAPIEndpoint",
          "patches",
          "timeouts",
          "etcd",
          "local",
          "external",
          "networking",
          "apiServer",
          "controllerManager",
          "scheduler",
          "dns",
          "proxy",
          "featureGates",
          "discovery",
          "bootstrapToken",
          "file",
          "controlPlane");
  private static final Set<String> LISTS =
      Set.of(
          "bootstrapTokens",
          "skipPhases",
          "taints",
          "ignorePreflightErrors",
          "certSANs",
          "extraVolumes",
          "extraEnvs",
          "endpoints",
          "serverCertSANs",
          "peerCertSANs",
          "caCertHashes",
          "usages",
          "groups",
          "unmountFlags");
  private static final Set<String> BOOLEANS =
      Set.of(
          "dryRun",
          "imagePullSerial",
          "disabled",
          "readOnly",
          "unsafeSkipCAVerification",
          "cleanupTmpDir",
          "force");
  private static final Set<String> DURATIONS =
      Set.of(
          "ttl",
          "controlPlaneComponentHealthCheck",
          "kubeletHealthCheck",
          "kubernetesAPICall",
          "etcdAPICall",
          "tlsBootstrap",
          "upgradeManifests",
          "certificateValidityPeriod",
          "caCertificateValidityPeriod",
          "timeoutForControlPlane");
  private static final Set<String> ADDRESSES = Set.of("advertiseAddress");

  void check(String kind, Node.Mapping root) {
    mapping(root, kind);
  }

  private void mapping(Node.Mapping node, String path) {
    for (var entry : node.entries()) {
      if (entry.key() instanceof Node.Scalar key) {
        value(key.value(), entry.value(), path + "." + key.value());
      }
    }
  }

  private void value(String name, Node node, String path) {
    if (node instanceof Node.Scalar scalar && scalar.isNull()) {
      return;
    }
    boolean discoveryTimeout = name.equals("discovery") && path.contains(".timeouts.");
    if (OBJECTS.contains(name) && !discoveryTimeout) {
      require(node instanceof Node.Mapping, node, path, "an object");
    } else if (LISTS.contains(name)) {
      require(node instanceof Node.Sequence, node, path, "a list");
    } else if (BOOLEANS.contains(name)) {
      require(isOneOf(node, List.of("true", "false")), node, path, "true or false");
    } else if (DURATIONS.contains(name) || discoveryTimeout) {
      require(
          node instanceof Node.Scalar s && GoDuration.parse(s.value()).isPresent(),
          node,
          path,
          "a duration such as 4m0s");
    } else if (name.equals("bindPort")) {
      require(
          node instanceof Node.Scalar s
              && s.value().matches("\\d{1,5}")
              && Integer.parseInt(s.value()) <= 65535,
          node,
          path,
          "a port from 1 to 65535");
    } else if (ADDRESSES.contains(name)) {
      require(node instanceof Node.Scalar s && isAddress(s.value()), node, path, "an IP address");
    } else if (name.equals("encryptionAlgorithm")) {
      require(
          node instanceof Node.Scalar s && KeyAlgorithm.named(s.value()).isPresent(),
          node,
          path,
          "one of " + KeyAlgorithm.labels());
    }
    switch (node) {
      case Node.Mapping mapping -> mapping(mapping, path);
      case Node.Sequence sequence -> {
        int index = 0;
        for (Node item : sequence.items()) {
          if (item instanceof Node.Mapping mapping) {
            mapping(mapping, path + "[" + index + "]");
          }
          index++;
        }
      }
      case Node.Scalar _ -> {}
    }
  }

  private static boolean isOneOf(Node node, List<String> values) {
    return node instanceof Node.Scalar scalar && values.contains(scalar.value());
  }

  static boolean isAddress(String text) {
    try {
      return InetAddress.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void require(boolean holds, Node at, String path, String expected) {
    if (!holds) {
      String found = at instanceof Node.Scalar s ? "'" + s.value() + "'" : "something else";
      throw new BootstrapFailure(
          source
              + ":"
              + at.position()
              + ": "
              + path
              + " is "
              + found
              + " where "
              + expected
              + " belongs",
          "correct the file");
    }
  }
}
