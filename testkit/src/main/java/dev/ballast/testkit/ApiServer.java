package dev.ballast.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A real Kubernetes API: etcd and kube-apiserver on loopback, with RBAC, for the tests of a module.
 * Nothing else of a cluster runs: no controller, no node.
 */
public final class ApiServer implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static @Nullable ApiServer shared;

  private final Path directory;
  private final int port;
  private final String token;
  private final Daemon etcd;
  private final Daemon server;

  private ApiServer(Path directory, int port, String token, Daemon etcd, Daemon server) {
    this.directory = directory;
    this.port = port;
    this.token = token;
    this.etcd = etcd;
    this.server = server;
  }

  /** Returns the one that all tests of this JVM share; it ends with the JVM. */
  public static synchronized ApiServer shared() throws Exception {
    if (shared == null) {
      ApiServer started = start();
      Runtime.getRuntime().addShutdownHook(new Thread(started::close, "api-server-close"));
      shared = started;
    }
    return shared;
  }

  /** Starts one, and waits until it is ready. */
  public static ApiServer start() throws Exception {
    Path etcdProgram = ReferenceProgram.required("etcd");
    Path serverProgram = ReferenceProgram.required("kube-apiserver");
    Path directory = Files.createTempDirectory("ballast-api-server");
    List<Integer> ports = Ports.free(3);
    String clients = "http://127.0.0.1:" + ports.get(0);
    String peers = "http://127.0.0.1:" + ports.get(1);
    String token = UUID.randomUUID().toString();
    writeKeys(directory);
    secret(directory.resolve("tokens.csv"), token + ",admin,admin,system:masters\n");
    Daemon etcd =
        Daemon.start(
            directory.resolve("etcd.log"),
            Map.of(),
            List.of(
                etcdProgram.toString(),
                "--data-dir=" + directory.resolve("etcd"),
                "--listen-client-urls=" + clients,
                "--advertise-client-urls=" + clients,
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=default=" + peers,
                "--unsafe-no-fsync",
                "--log-level=warn"));
    Daemon server;
    try {
      server =
          Daemon.start(
              directory.resolve("kube-apiserver.log"),
              Map.of(),
              List.of(
                  serverProgram.toString(),
                  "--etcd-servers=" + clients,
                  "--bind-address=127.0.0.1",
                  "--secure-port=" + ports.get(2),
                  "--cert-dir=" + directory.resolve("certificates"),
                  "--token-auth-file=" + directory.resolve("tokens.csv"),
                  "--authorization-mode=RBAC",
                  "--disable-admission-plugins=ServiceAccount",
                  "--service-account-issuer=https://kubernetes.default.svc",
                  "--service-account-key-file=" + directory.resolve("sa.pub"),
                  "--service-account-signing-key-file=" + directory.resolve("sa.key"),
                  "--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112",
                  "--allow-privileged=true"));
    } catch (IOException | InterruptedException | RuntimeException e) {
      etcd.close();
      throw e;
    }
    ApiServer started = new ApiServer(directory, ports.get(2), token, etcd, server);
    try {
      started.awaitReady();
      secret(started.kubeconfig(), started.kubeconfig(token));
      return started;
    } catch (Exception | AssertionError e) {
      started.close();
      throw e;
    }
  }

  private static void writeKeys(Path directory) throws GeneralSecurityException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    secret(directory.resolve("sa.key"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
    secret(directory.resolve("sa.pub"), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes));
  }

  private static void secret(Path file, String text) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text);
  }

  private void awaitReady() throws Exception {
    Eventually.holds(
        "the API server is ready",
        START,
        () -> {
          for (Daemon daemon : List.of(etcd, server)) {
            if (!daemon.isAlive()) {
              throw new ProcessEnded(daemon.lastWords());
            }
          }
          try (HttpClient client = HttpClient.newBuilder().sslContext(trust()).build()) {
            return client
                    .send(
                        HttpRequest.newBuilder(URI.create(url() + "/readyz"))
                            .header("Authorization", "Bearer " + token)
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                        HttpResponse.BodyHandlers.discarding())
                    .statusCode()
                == 200;
          }
        });
  }

  /** Not worth waiting on. */
  private static final class ProcessEnded extends Error {
    private static final long serialVersionUID = 1L;

    ProcessEnded(String lastWords) {
      super("it ended while it started:\n" + lastWords);
    }
  }

  private SSLContext trust() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificate())) {
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + number++, each);
      }
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private Path certificate() {
    return directory.resolve("certificates/apiserver.crt");
  }

  /** Returns {@code https://127.0.0.1:PORT}. */
  public String url() {
    return "https://127.0.0.1:" + port;
  }

  /** Returns the administrator's kubeconfig. */
  public Path kubeconfig() {
    return directory.resolve("admin.conf");
  }

  /** Writes a kubeconfig for the bearer of a token, and returns it. */
  public Path kubeconfigOf(String name, String bearer) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.deleteIfExists(file);
    secret(file, kubeconfig(bearer));
    return file;
  }

  private String kubeconfig(String bearer) throws IOException {
    return """
    apiVersion: v1
    kind: Config
    current-context: test
    contexts:
    - name: test
      context: {cluster: test, user: test}
    clusters:
    - name: test
      cluster:
        server: %s
        certificate-authority-data: %s
    users:
    - name: test
      user: {token: %s}
    """
        .formatted(
            url(), Base64.getEncoder().encodeToString(Files.readAllBytes(certificate())), bearer);
  }

  /** Runs kubectl as the administrator. */
  public Ran kubectl(String input, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ReferenceProgram.required("kubectl").toString());
    command.addAll(List.of(words));
    return Ran.of(Path.of("."), Map.of("KUBECONFIG", kubeconfig().toString()), command, input);
  }

  /** Applies manifests as kubectl does, and returns what it printed. */
  public String apply(String manifests) throws IOException, InterruptedException {
    return kubectl(manifests, "apply", "-f", "-").orFail();
  }

  /** Stops the API, keeping what is stored, until {@link #resume}: clients see it hang. */
  public void pause() throws IOException, InterruptedException {
    Ran.ok("kill", "-STOP", Long.toString(server.pid()));
  }

  /** Lets a paused API go on. */
  public void resume() throws IOException, InterruptedException {
    Ran.ok("kill", "-CONT", Long.toString(server.pid()));
  }

  /** Returns the last lines of the API server's log, for a failure. */
  public String lastWords() {
    return server.lastWords();
  }

  @Override
  public void close() {
    server.close();
    etcd.close();
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // A temporary directory that stays harms no test.
    }
  }
}
