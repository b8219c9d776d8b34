package dev.ballast.certificates.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.config.ClusterConfiguration;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.live.Listeners;
import dev.ballast.certificates.live.LivePorts;
import dev.ballast.certificates.live.Probe;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import dev.ballast.certificates.recovery.Recovery;
import dev.ballast.certificates.rollout.KubeletService;
import dev.ballast.certificates.rollout.Machine;
import dev.ballast.certificates.staticpods.Crictl;
import dev.ballast.certificates.staticpods.HealthCheck;
import dev.ballast.certificates.staticpods.ManifestsAside;
import dev.ballast.certificates.staticpods.Patience;
import dev.ballast.certificates.staticpods.RuntimeCalls;
import dev.ballast.certificates.staticpods.StaticPods;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.testkit.Openssl;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A look of the agent at a node whose certificates end soon: files, events, metrics. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertificatesAgentTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration AGE = Duration.ofDays(336);

  @TempDir Path temp;
  private final BlockingQueue<Posted> posted = new LinkedBlockingQueue<>();
  private final List<String> told = new ArrayList<>();
  private final PrometheusRegistry metrics = new PrometheusRegistry();
  private TestCluster cluster;
  private InitConfiguration configuration;
  private HttpsServer server;
  private int status = 201;

  /** An object that somebody created at the API server, and who that was. */
  private record Posted(String path, String who, JsonNode object) {}

  @BeforeEach
  void a_node_and_its_api_server() throws Exception {
    int port = Peers.freePorts(1)[0];
    configuration =
        new InitConfiguration(
            ClusterConfiguration.DEFAULT.withKeyAlgorithm(KeyAlgorithm.ECDSA_P256),
            TestCluster.NODE,
            InetAddress.getLoopbackAddress(),
            port);
    cluster = TestCluster.create(temp, Instant.now().minus(AGE), configuration);
    // As on the node itself, whose root is here.
    Path kubelet = cluster.files().kubeletConf();
    Files.writeString(
        kubelet,
        Files.readString(kubelet)
            .replace("/var/lib/kubelet", temp + "/var/lib/kubelet")
            .replace(":6443", ":" + port));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls()) {
          @Override
          public void configure(HttpsParameters parameters) {
            var ssl = getSSLContext().getDefaultSSLParameters();
            ssl.setNeedClientAuth(true);
            parameters.setSSLParameters(ssl);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          var who = ((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName();
          posted.add(
              new Posted(
                  exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                  who,
                  new JsonMapper().readTree(exchange.getRequestBody())));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  private SSLContext tls() throws Exception {
    var none = new char[0];
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, none);
    keys.setKeyEntry(
        "serving",
        PrivateKeys.read(cluster.layout().key(Leaf.APISERVER)),
        none,
        Certificates.read(cluster.layout().certificate(Leaf.APISERVER))
            .toArray(X509Certificate[]::new));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, none);
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, none);
    trusted.setCertificateEntry("ca", cluster.authority(Authority.CA).certificate());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static Optional<X509Certificate> first(Path file) {
    return Files.exists(file) ? Optional.of(Certificates.read(file).getFirst()) : Optional.empty();
  }

  private CertificatesAgent agent() {
    var patience = new Patience(InstantSource.system(), Thread::sleep, Duration.ofMillis(50));
    var files = cluster.files();
    var ports =
        new LivePorts(
            new Probe(Thread.ofVirtual().factory(), Duration.ofSeconds(3)),
            Listeners.ofThisMachine(),
            CertificatesAgentTest::first);
    var restarts =
        new StaticPods(
            new RuntimeCalls(
                new Crictl(Path.of("/bin/false"), Optional.empty(), LIMIT), patience, LIMIT),
            Listeners.ofThisMachine(),
            new HealthCheck(Duration.ofSeconds(2)),
            patience,
            Duration.ofSeconds(4));
    var machine =
        new Machine(
            files, ports, restarts, KubeletService.command(List.of("false"), LIMIT), patience);
    var state = StateDirectory.beside(cluster.layout().kubeconfigDir());
    var terms = TestCluster.terms(Instant.now());
    return new CertificatesAgent(
        files,
        Changes.in(state, InstantSource.system()),
        machine,
        new ManifestsAside(state.manifestsAside()),
        new DueDate(Duration.ofDays(60)),
        (_, decision) ->
            new Recovery(files, cluster.forge(), terms, configuration, Release.LATEST)
                .plan(decision.decision()),
        InstantSource.system(),
        told::add,
        new NodeEvents(
            files, Duration.ofSeconds(10), Thread.ofVirtual().factory(), InstantSource.system()),
        Duration.ofMillis(10));
  }

  private String scraped() throws Exception {
    var out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(out, metrics.scrape());
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void what_is_due_is_renewed_and_told_to_the_cluster_and_to_prometheus() throws Exception {
    var role = new CertificatesAgentRole(_ -> agent(), InstantSource.system(), Duration.ofHours(1));
    Posted event;
    try (var process =
        new RoleProcess(
            List.of(role), Thread.ofVirtual().factory(), metrics, new AdminHandlers(), LIMIT)) {
      process.start();
      event = posted.poll(20, TimeUnit.SECONDS);
    }

    assertThat(event).isNotNull();
    assertThat(event.path()).isEqualTo("POST /api/v1/namespaces/default/events");
    assertThat(event.who()).contains("CN=system:node:" + TestCluster.NODE, "O=system:nodes");
    JsonNode object = event.object();
    assertThat(object.path("kind").asText()).isEqualTo("Event");
    assertThat(object.path("type").asText()).isEqualTo("Normal");
    assertThat(object.path("reason").asText()).isEqualTo("CertificatesRenewed");
    assertThat(object.path("message").asText())
        .contains("renewed ", "apiserver", "etcd-peer", "ballast certs restore");
    assertThat(object.path("involvedObject").path("kind").asText()).isEqualTo("Node");
    assertThat(object.path("involvedObject").path("name").asText()).isEqualTo(TestCluster.NODE);
    assertThat(object.path("source").path("component").asText()).isEqualTo("ballast-certs-agent");

    // openssl, in dates of its own, agrees with the metric.
    String end =
        Openssl.ok(
            temp,
            "x509",
            "-in",
            cluster.pki("apiserver.crt").toString(),
            "-noout",
            "-enddate",
            "-dateopt",
            "iso_8601");
    long seconds =
        Instant.parse(end.strip().replace("notAfter=", "").replace(' ', 'T')).getEpochSecond();
    assertThat(seconds).isGreaterThan(Instant.now().plus(Duration.ofDays(360)).getEpochSecond());
    assertThat(scraped())
        .contains("ballast_certificates_renewals_total{outcome=\"done\"} 1")
        .contains("ballast_certificates_findings{level=\"broken\",node=\"node-1\"} 0")
        .containsPattern(
            "x509_cert_not_after\\{filepath=\"[^\"]*/apiserver.crt\",name=\"apiserver\","
                + "node=\"node-1\"\\} "
                + java.util.regex.Pattern.quote(Double.toString(seconds)));
    Openssl.ok(
        temp,
        "verify",
        "-CAfile",
        cluster.pki("ca.crt").toString(),
        cluster.pki("apiserver.crt").toString());
  }

  @Test
  void nothing_due_is_no_event() throws Exception {
    agent().look();
    posted.clear();

    AgentCycle second = agent().look();

    assertThat(second.outcome()).isEmpty();
    assertThat(posted).isEmpty();
  }

  @Test
  void what_a_person_must_do_is_a_warning() throws Exception {
    Files.delete(cluster.pki("ca.key"));

    AgentCycle cycle = agent().look();

    assertThat(cycle.refused()).isNotEmpty();
    assertThat(posted)
        .anySatisfy(event -> {
          assertThat(event.object().path("type").asText()).isEqualTo("Warning");
          assertThat(event.object().path("reason").asText()).isEqualTo("CertificateLeftToPerson");
        });
  }

  @Test
  void a_cluster_that_refuses_or_is_away_does_not_stop_the_renewal() throws Exception {
    status = 403;
    AgentCycle cycle = agent().look();

    assertThat(cycle.renewed()).contains("apiserver");
    // First as the kubelet, then as the admin.
    assertThat(posted.stream().map(Posted::who).toList())
        .anyMatch(who -> who.contains("system:node:"))
        .anyMatch(who -> who.contains("kubernetes-admin"));
    assertThat(told).anyMatch(line -> line.startsWith("renewed "));
  }
}
