package dev.ballast.certificates.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Clusters;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.ClusterConfigMap.Answer;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a TLS server that demands client certificates. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ClusterConfigMapTest {
  private static final NodeDefaults NODE =
      new NodeDefaults("this-node", InetAddress.ofLiteral("192.0.2.1"));
  private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

  @TempDir private Path directory;

  private final ClusterConfigMap cluster =
      new ClusterConfigMap(Duration.ofSeconds(20), Thread.ofVirtual().factory());

  private Layout layout() {
    var configuration =
        new InitConfiguration(
            Clusters.configuration(KeyAlgorithm.ECDSA_P256).cluster(), "cp-1", HERE, 6443);
    var layout = new Layout(directory.resolve("pki"), directory);
    new ClusterCreation(
            configuration, layout, Release.LATEST, Clusters.FORGE, Instant.now(), _ -> {})
        .createAll();
    return layout;
  }

  private static SSLContext tls(Layout layout) throws Exception {
    var keys = KeyStore.getInstance(KeyStore.getDefaultType());
    keys.load(null, null);
    keys.setKeyEntry(
        "server",
        PrivateKeys.read(layout.key(Leaf.APISERVER)),
        new char[0],
        Certificates.read(layout.certificate(Leaf.APISERVER)).toArray(X509Certificate[]::new));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, new char[0]);
    var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "ca", Certificates.read(layout.certificate(Authority.CA)).getFirst());
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }

  private static HttpsServer serve(SSLContext tls, int status, String body) throws Exception {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(HERE, 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters ssl = getSSLContext().getDefaultSSLParameters();
            ssl.setNeedClientAuth(true);
            parameters.setSSLParameters(ssl);
          }
        });
    server.createContext(
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config",
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return server;
  }

  private Path pointedAt(Layout layout, int port) throws Exception {
    Path admin = layout.kubeconfig(KubeconfigFile.ADMIN);
    return Files.writeString(
        directory.resolve("asker.conf"),
        Files.readString(admin).replaceFirst("server: .*", "server: https://127.0.0.1:" + port));
  }

  @Test
  void the_configuration_comes_over_mutual_tls() throws Exception {
    Layout layout = layout();
    HttpsServer server =
        serve(
            tls(layout),
            200,
            "{\"kind\":\"ConfigMap\",\"data\":{\"ClusterConfiguration\":\"apiVersion: kubeadm.k8s.io/v1beta4\\nkind: ClusterConfiguration\\nclusterName: blue\\n\"}}");
    try {
      Path asker = pointedAt(layout, server.getAddress().getPort());

      ConfigurationSource source = ConfigurationSource.cluster(cluster, asker, NODE);

      assertThat(source).isInstanceOf(ConfigurationSource.OfCluster.class);
      assertThat(source.configuration().cluster().clusterName()).isEqualTo("blue");
      assertThat(source.preamble("renew", Release.parse("1.30")))
          .containsExactly(
              "[renew] Reading configuration from the cluster...",
              "[renew] FYI: You can look at this config file with 'kubectl -n kube-system get cm kubeadm-config -o yaml'",
              "");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void a_refusal_leaves_the_defaults() throws Exception {
    Layout layout = layout();
    HttpsServer server = serve(tls(layout), 403, "{}");
    try {
      ConfigurationSource source =
          ConfigurationSource.cluster(
              cluster, pointedAt(layout, server.getAddress().getPort()), NODE);

      assertThat(source)
          .isInstanceOfSatisfying(
              ConfigurationSource.OfDefaults.class,
              defaults -> assertThat(defaults.reason()).contains("403"));
      assertThat(source.preamble("check-expiration", Release.parse("1.20")).get(2))
          .isEqualTo(
              "[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration");
    } finally {
      server.stop(0);
    }
  }

  @Test
  @Timeout(20)
  void a_server_that_is_silent_costs_no_more_than_the_budget() throws Exception {
    Layout layout = layout();
    try (var silent = new ServerSocket(0, 1, HERE)) {
      var hurried = new ClusterConfigMap(Duration.ofMillis(200), Thread.ofVirtual().factory());

      Answer answer = hurried.read(pointedAt(layout, silent.getLocalPort()));

      assertThat(answer).isInstanceOf(Answer.Failed.class);
    }
  }

  @Test
  void a_server_of_another_authority_is_not_trusted() throws Exception {
    Layout layout = layout();
    Layout other = Clusters.create(directory.resolve("other"));
    HttpsServer server = serve(tls(other), 200, "{}");
    try {
      assertThat(cluster.read(pointedAt(layout, server.getAddress().getPort())))
          .isInstanceOf(Answer.Failed.class);
    } finally {
      server.stop(0);
    }
  }

  /** The text of each release is that of its util/config/cluster.go. */
  @ParameterizedTest
  @CsvSource({
    "1.32, --config your-config.yaml",
    "1.33, --config your-config-file",
    "1.34, kubeadm --config your-config-file",
    "1.36, kubeadm --config your-config-file"
  })
  void the_lines_before_the_table_are_those_of_the_release(String version, String arguments)
      throws Exception {
    Layout layout = layout();
    HttpsServer server = serve(tls(layout), 403, "{}");
    try {
      ConfigurationSource source =
          ConfigurationSource.cluster(
              cluster, pointedAt(layout, server.getAddress().getPort()), NODE);

      assertThat(source.preamble("renew", Release.parse(version)))
          .containsExactly(
              "[renew] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace"
                  + " \"kube-system\"...",
              "[renew] Use 'kubeadm init phase upload-config " + arguments + "' to re-upload it.",
              "[renew] Error reading configuration from the Cluster. Falling back to default"
                  + " configuration",
              "");
      assertThat(source.preamble("renew", Release.parse("1.31")))
          .startsWith("[renew] Reading configuration from the cluster...");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void without_a_kubeconfig_nobody_is_asked_and_nothing_is_said() {
    ConfigurationSource source =
        ConfigurationSource.cluster(cluster, directory.resolve("admin.conf"), NODE);

    assertThat(source.preamble("renew", Release.LATEST)).isEmpty();
  }
}
