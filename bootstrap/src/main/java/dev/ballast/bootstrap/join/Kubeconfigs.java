package dev.ballast.bootstrap.join;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig.Credentials;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;

/** Kubeconfigs that say where a cluster is. */
final class Kubeconfigs {
  private Kubeconfigs() {}

  /** Returns one of nobody, for the first cluster of a kubeconfig that has no user. */
  static Kubeconfig ofClusterAlone(String text) {
    return Data.mapsAt(Data.parse("the cluster-info", text), "clusters").stream()
        .findFirst()
        .map(entry -> Data.mapAt(entry, "cluster"))
        .map(Kubeconfigs::ofNobody)
        .orElseThrow(() ->
            new BootstrapFailure(
                "the cluster-info names no cluster", "see kube-public/cluster-info"));
  }

  private static Kubeconfig ofNobody(Map<String, Object> cluster) {
    String authorities;
    try {
      authorities =
          new String(
              Base64.getDecoder().decode(Data.text(cluster, "certificate-authority-data")),
              StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BootstrapFailure(
          "the CA in the cluster-info is not base64", "see kube-public/cluster-info", e);
    }
    return Kubeconfig.parse(
        Path.of("cluster-info"),
        new NewKubeconfig(
                "kubernetes",
                Data.text(cluster, "server"),
                authorities,
                "nobody",
                new Credentials.Token(""))
            .text());
  }

  /** Returns the kubeconfig with which a kubelet asks for its certificate. */
  static String bootstrap(Discovered cluster) {
    return cluster
        .kubeconfig()
        .orElseGet(() ->
            new NewKubeconfig(
                    "kubernetes",
                    cluster.server(),
                    cluster.caPem(),
                    "tls-bootstrap-token-user",
                    new Credentials.Token(cluster.token().orElse("")))
                .text());
  }
}
