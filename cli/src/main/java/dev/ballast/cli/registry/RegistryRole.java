package dev.ballast.cli.registry;

import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.registry.RegistryOptions;
import dev.ballast.oci.registry.RegistryServer;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.HealthCheck.Scope;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The role {@code registry}: serves a store. */
final class RegistryRole implements Role {
  /** With less, a push is likely to fail. */
  private static final long LITTLE = 16L << 20;

  private final Path directory;
  private final ContentStore store;
  private final InetSocketAddress address;
  private final RegistryOptions options;
  private final AtomicReference<Optional<RegistryServer>> server =
      new AtomicReference<>(Optional.empty());

  RegistryRole(
      Path directory, ContentStore store, InetSocketAddress address, RegistryOptions options) {
    this.directory = directory;
    this.store = store;
    this.address = address;
    this.options = options;
  }

  @Override
  public String name() {
    return "registry";
  }

  @Override
  public void start(RoleContext context) throws Exception {
    RegistryServer started = RegistryServer.start(address, store, options, context.watchedTasks());
    server.set(Optional.of(started));
    RegistryMetrics.register(context.metrics(), started);
  }

  /** Returns where it listens. */
  Optional<InetSocketAddress> address() {
    return server.get().map(RegistryServer::address);
  }

  @Override
  public List<HealthCheck> health() {
    Optional<RegistryServer> running = server.get();
    boolean listens = running.isPresent() && running.get().isOpen();
    HealthCheck listening =
        listens
            ? HealthCheck.well("listening", Scope.LIVE, "it accepts connections")
            : HealthCheck.unwell("listening", Scope.LIVE, "it accepts no connections");
    if (options.readOnly()) {
      return List.of(listening);
    }
    long room = directory.toFile().getUsableSpace();
    return List.of(
        listening,
        room >= LITTLE
            ? HealthCheck.well("disk", Scope.READY, "the disk has room for pushes")
            : HealthCheck.unwell(
                "disk",
                Scope.READY,
                "the disk of %s has %d bytes left: run ballast registry gc %s"
                    .formatted(directory, room, directory)));
  }

  @Override
  public void close() {
    server.get().ifPresent(RegistryServer::close);
  }
}
