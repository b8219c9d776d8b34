package dev.ballast.bootstrap.config;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The rules of kubeadm for values that have the right type. */
final class Validation {
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final Pattern TOKEN = Pattern.compile("[a-z0-9]{6}\\.[a-z0-9]{16}");

  private Validation() {}

  static void check(Settings settings) {
    require(
        NAME.matcher(settings.nodeName()).matches() && settings.nodeName().length() <= 253,
        "nodeRegistration.name '" + settings.nodeName() + "' is not a name of a node",
        "use lower-case letters, digits, '-' and '.'");
    require(
        settings.bindPort() > 0 && settings.bindPort() < 65536,
        "localAPIEndpoint.bindPort " + settings.bindPort() + " is not a port",
        "use one from 1 to 65535");
    require(
        !(Data.at(settings.cluster(), "etcd", "local").isPresent() && settings.hasExternalEtcd()),
        "etcd.local and etcd.external are mutually exclusive",
        "keep one of them");
    require(
        Path.of(settings.certificatesDir()).isAbsolute(),
        "certificatesDir '" + settings.certificatesDir() + "' is not an absolute path",
        "begin it with /");
    for (String subnet : settings.serviceSubnet().split(",")) {
      subnet("networking.serviceSubnet", subnet);
    }
    if (!settings.podSubnet().isEmpty()) {
      for (String subnet : settings.podSubnet().split(",")) {
        subnet("networking.podSubnet", subnet);
      }
    }
    require(
        NAME.matcher(settings.dnsDomain()).matches(),
        "networking.dnsDomain '" + settings.dnsDomain() + "' is not a domain",
        "write it as cluster.local");
    for (var token : settings.bootstrapTokens()) {
      require(
          TOKEN.matcher(Data.text(token, "token")).matches(),
          "a bootstrap token does not have the form [a-z0-9]{6}.[a-z0-9]{16}",
          "make one with: ballast token generate");
    }
    String socket = settings.criSocket();
    require(
        socket.startsWith("unix:///"),
        "nodeRegistration.criSocket '" + socket + "' is not a socket",
        "write it as unix:///run/containerd/containerd.sock");
  }

  private static void subnet(String field, String subnet) {
    String[] parts = subnet.split("/", -1);
    require(
        parts.length == 2 && Shapes.isAddress(parts[0]) && parts[1].matches("\\d{1,3}"),
        field + " '" + subnet + "' is not a subnet",
        "write it as 10.244.0.0/16");
  }

  private static void require(boolean holds, String problem, String remedy) {
    if (!holds) {
      throw new BootstrapFailure(problem, remedy);
    }
  }
}
