package dev.ballast.oci;

import dev.ballast.concurrency.Scheduler;
import dev.ballast.oci.client.ClientOptions;
import dev.ballast.oci.client.DirectoryImage;
import dev.ballast.oci.client.FetchedManifest;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.http.Proxies;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.RegistryServer;
import dev.ballast.testkit.Daemon;
import dev.ballast.testkit.Eventually;
import dev.ballast.testkit.Ports;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Registries of ours and of others, clients, and images, for one test; all end with it. */
public final class Ends implements AutoCloseable {
  private final Path directory;
  private final Scheduler scheduler = Scheduler.start("ends", 2);
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  public Ends(Path directory) {
    this.directory = directory;
  }

  public Scheduler scheduler() {
    return scheduler;
  }

  /** One of ours. */
  public record Ours(RegistryServer server, ContentStore store, Path directory) {
    public String host() {
      return "127.0.0.1:" + server.address().getPort();
    }
  }

  public Ours ours(String name) throws IOException {
    return ours(name, RegistryOptions.open());
  }

  public Ours ours(String name, RegistryOptions options) throws IOException {
    Path at = directory.resolve(name);
    return ours(at, ContentStore.open(at), options);
  }

  public Ours ours(Path at, ContentStore store, RegistryOptions options) throws IOException {
    RegistryServer server =
        RegistryServer.start(
            new InetSocketAddress("127.0.0.1", 0), store, options, scheduler.threadFactory());
    open.push(server);
    return new Ours(server, store, at);
  }

  /** Debian's docker-registry; returns its host and port. */
  public String theirs(String name, String more) throws Exception {
    int port = Ports.free(1).getFirst();
    Path config = directory.resolve(name + ".yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: error}
        storage:
          filesystem: {rootdirectory: %s}
          delete: {enabled: true}
        http: {addr: "127.0.0.1:%d"}
        %s
        """
            .formatted(directory.resolve(name), port, more));
    open.push(
        Daemon.start(
            directory.resolve(name + ".log"),
            Map.of("OTEL_TRACES_EXPORTER", "none"),
            List.of(
                ReferenceProgram.required("docker-registry").toString(),
                "serve",
                config.toString())));
    Eventually.holds(
        "docker-registry listens: " + Files.readString(directory.resolve(name + ".log")),
        Duration.ofSeconds(60),
        () -> {
          try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
          }
        });
    return "127.0.0.1:" + port;
  }

  public RegistryClient client() throws IOException {
    return client(options());
  }

  public static ClientOptions options() {
    return ClientOptions.standard().withProxies(Proxies.NONE).withVerifiesTls(false);
  }

  public RegistryClient client(ClientOptions options) throws IOException {
    RegistryClient client = RegistryClient.open(options, scheduler.threadFactory());
    open.push(client);
    return client;
  }

  public <T extends AutoCloseable> T add(T closeable) {
    open.push(closeable);
    return closeable;
  }

  /** An image for two platforms with layers by umoci, and what joins them, in a layout. */
  public DirectoryImage twoPlatforms(int bytes) throws Exception {
    String umoci = ReferenceProgram.required("umoci").toString();
    Path layout = directory.resolve("layout");
    Ran.ok(umoci, "init", "--layout", layout.toString());
    StringBuilder manifests = new StringBuilder();
    for (String architecture : List.of("amd64", "arm64")) {
      String image = layout + ":" + architecture;
      Ran.ok(umoci, "new", "--image", image);
      Ran.ok(umoci, "config", "--image", image, "--architecture", architecture);
      Path file = directory.resolve("content-" + architecture);
      byte[] content = new byte[bytes];
      new Random(architecture.hashCode()).nextBytes(content);
      Files.write(file, content);
      Ran.ok(umoci, "insert", "--rootless", "--image", image, file.toString(), "/content");
      FetchedManifest one = DirectoryImage.of(layout, DirectoryImage.Kind.OCI, architecture).root();
      manifests
          .append(manifests.isEmpty() ? "" : ",")
          .append(
              new Descriptor(
                      one.descriptor().mediaType(),
                      one.descriptor().digest(),
                      one.descriptor().size(),
                      "",
                      new Platform("linux", architecture, ""),
                      Map.of())
                  .toJson());
    }
    DirectoryImage both = DirectoryImage.of(layout, DirectoryImage.Kind.OCI, "both");
    both.putRoot(
        FetchedManifest.of(
            ("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s]}"
                    .formatted(MediaTypes.OCI_INDEX, manifests))
                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
            MediaTypes.OCI_INDEX));
    return both;
  }

  public static String skopeo(String... arguments) throws Exception {
    List<String> command = new java.util.ArrayList<>();
    command.add(ReferenceProgram.required("skopeo").toString());
    command.addAll(List.of(arguments));
    return Ran.of(Path.of("."), Map.of(), command, "").orFail();
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    scheduler.close();
  }
}
