package dev.ballast.cli.registry;

import dev.ballast.cli.Threads;
import dev.ballast.oci.client.ClientOptions;
import dev.ballast.oci.client.DockerConfig;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.ServerTls;
import dev.ballast.oci.registry.UpstreamRegistry;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import dev.ballast.roles.admin.AdminSocket;
import dev.ballast.roles.admin.TaskAdmin;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast registry serve}. */
@Command(
    name = "serve",
    description = "Runs the role registry: serves the images of a directory, and takes pushes.")
final class ServeCommand implements Callable<Integer> {
  private static final Duration STOP = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Where the content is; made when it is missing.")
  private Path directory = Path.of("");

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:5000",
      description = "Where clients connect; :5000 is every address (default: ${DEFAULT-VALUE}).")
  private String listen = "";

  @Option(
      names = "--metrics-listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:5001",
      description = "Where /metrics, /healthz and /readyz are served (default: ${DEFAULT-VALUE}).")
  private String metricsListen = "";

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description = "A Unix socket on which ballast tasks can ask.")
  private Optional<Path> adminSocket = Optional.empty();

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "The certificate and its chain.")
  private Optional<Path> certificate = Optional.empty();

  @Option(names = "--tls-key", paramLabel = "FILE", description = "The key of the certificate.")
  private Optional<Path> key = Optional.empty();

  @Option(names = "--read-only", description = "Refuse pushes and deletes.")
  private boolean readOnly;

  @Option(names = "--sparse", description = "Take an index of which not every manifest was pushed.")
  private boolean sparse;

  @Option(
      names = "--quota",
      paramLabel = "SIZE",
      description = "How much content there may be, as 20G (default: as much as the disk holds).")
  private Optional<String> quota = Optional.empty();

  @Option(
      names = "--proxy",
      paramLabel = "UPSTREAM",
      description =
          "Get what is missing from this registry, as docker.io or http://mirror:5000; credentials"
              + " as docker login has them.")
  private Optional<String> upstream = Optional.empty();

  @Mixin private AccessOptions access;

  @Override
  public Integer call() throws Exception {
    if (certificate.isPresent() != key.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--tls-cert and --tls-key go together; one is missing");
    }
    InetSocketAddress address = Addresses.read(listen);
    InetSocketAddress metricsAddress = Addresses.read(metricsListen);
    ContentStore store =
        quota.isPresent()
            ? ContentStore.open(directory, Sizes.bytes(quota.get()))
            : ContentStore.open(directory);
    RegistryOptions options =
        RegistryOptions.open()
            .withReadOnly(readOnly)
            .withCompleteness(sparse ? Completeness.SPARSE : Completeness.WHOLE)
            .withAccess(access.access(spec.commandLine()));
    if (certificate.isPresent() && key.isPresent()) {
      ServerTls tls = ServerTls.of(certificate.get(), key.get());
      options = options.withHttp(options.http().withTls(tls));
    }
    if (upstream.isEmpty()) {
      return serve(address, metricsAddress, store, options);
    }
    try (RegistryClient client =
        RegistryClient.open(
            ClientOptions.standard().withCredentials(DockerConfig.of(System.getenv())),
            Threads.TASKS)) {
      return serve(
          address,
          metricsAddress,
          store,
          options.withUpstream(
              new UpstreamRegistry(store, client, registry(client, upstream.get()))));
    }
  }

  /** Reads the name of a registry, which may be a URL. */
  private String registry(RegistryClient client, String text) {
    if (!text.contains("://")) {
      return text;
    }
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--proxy " + text + " is no registry");
    }
    if (uri.getHost() == null || !String.valueOf(uri.getScheme()).matches("https?")) {
      throw new ParameterException(spec.commandLine(), "--proxy " + text + " is no registry");
    }
    if (uri.getScheme().equals("http")) {
      client.useWithoutTls(uri.getAuthority());
    }
    return uri.getHost().equals("registry-1.docker.io") ? "docker.io" : uri.getAuthority();
  }

  private int serve(
      InetSocketAddress address,
      InetSocketAddress metricsAddress,
      ContentStore store,
      RegistryOptions options)
      throws Exception {
    PrometheusRegistry metrics = new PrometheusRegistry();
    AdminHandlers handlers = new AdminHandlers();
    TaskAdmin.register(handlers, Threads.scheduler());
    RegistryRole role = new RegistryRole(directory, store, address, options);
    RoleProcess process = new RoleProcess(List.of(role), Threads.TASKS, metrics, handlers, STOP);
    Thread atExit = new Thread(process::close, "registry-stop");
    process.start();
    Runtime.getRuntime().addShutdownHook(atExit);
    try (AdminHttp http = AdminHttp.open(metricsAddress, process::health, metrics, Threads.TASKS);
        AutoCloseable admin = admin(handlers)) {
      spec.commandLine()
          .getErr()
          .printf(
              "serving %s at %s%n",
              directory, role.address().map(InetSocketAddress::toString).orElse(""));
      RoleProcess.Crash crash = process.awaitCrash();
      throw new IllegalStateException(
          "role %s crashed: %s".formatted(crash.role(), crash.cause()), crash.cause());
    }
  }

  private AutoCloseable admin(AdminHandlers handlers) throws Exception {
    return adminSocket.isEmpty()
        ? () -> {}
        : AdminSocket.open(adminSocket.get(), handlers, Threads.TASKS);
  }
}
