package dev.ballast.cli.role;

import dev.ballast.cli.Threads;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleProcess;
import dev.ballast.roles.admin.AdminHandlers;
import dev.ballast.roles.admin.AdminHttp;
import dev.ballast.roles.admin.AdminSocket;
import dev.ballast.roles.admin.TaskAdmin;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import picocli.CommandLine.Option;

/**
 * Runs one role as a process, until it crashes or is told to stop. A product adds its option {@code
 * --port}, whose default is its own.
 */
public abstract class Serving {
  private static final Duration STOP = Duration.ofSeconds(10);

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Where /metrics, /healthz and /readyz are served (default: ${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description = "A Unix socket on which the role can be asked why.")
  private Optional<Path> adminSocket = Optional.empty();

  /** Runs a role, which does not return while all is well. */
  protected final int serve(Role role, int port, ThreadFactory threads) throws Exception {
    PrometheusRegistry metrics = new PrometheusRegistry();
    AdminHandlers handlers = new AdminHandlers();
    TaskAdmin.register(handlers, Threads.scheduler());
    RoleProcess process = new RoleProcess(List.of(role), threads, metrics, handlers, STOP);
    Thread atExit = new Thread(process::close, "stop-" + role.name());
    process.start();
    Runtime.getRuntime().addShutdownHook(atExit);
    try (AdminHttp http =
            AdminHttp.open(new InetSocketAddress(host, port), process::health, metrics, threads);
        AutoCloseable admin = admin(handlers, threads)) {
      RoleProcess.Crash crash = process.awaitCrash();
      throw new IllegalStateException(
          "role %s crashed: %s".formatted(crash.role(), crash.cause()), crash.cause());
    }
  }

  private AutoCloseable admin(AdminHandlers handlers, ThreadFactory threads) throws Exception {
    if (adminSocket.isEmpty()) {
      return () -> {};
    }
    return AdminSocket.open(adminSocket.get(), handlers, threads);
  }
}
