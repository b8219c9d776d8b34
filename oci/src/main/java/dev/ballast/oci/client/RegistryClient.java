package dev.ballast.oci.client;

import dev.ballast.oci.Reference;
import dev.ballast.oci.RepositoryName;
import java.io.IOException;
import java.util.concurrent.ThreadFactory;

/** A client of registries; connections and tokens are kept between calls. Threads: any. */
public final class RegistryClient implements AutoCloseable {
  private final Transport transport;
  private final ThreadFactory tasks;

  private RegistryClient(Transport transport, ThreadFactory tasks) {
    this.transport = transport;
    this.tasks = tasks;
  }

  /**
   * Makes one.
   *
   * @param tasks makes the threads that blobs are copied on; virtual ones suffice
   */
  public static RegistryClient open(ClientOptions options, ThreadFactory tasks) throws IOException {
    return new RegistryClient(new Transport(options, tasks), tasks);
  }

  /** Returns a repository of a registry. */
  public RemoteRepository repository(String registry, RepositoryName name) {
    return new RemoteRepository(transport, registry, name);
  }

  /** Returns the repository of a reference. */
  public RemoteRepository repository(Reference reference) {
    return repository(reference.registry(), reference.repository());
  }

  /** Reaches a registry without TLS, wherever it is. */
  public void useWithoutTls(String registry) {
    transport.useWithoutTls(registry);
  }

  ThreadFactory tasks() {
    return tasks;
  }

  ClientOptions options() {
    return transport.options();
  }

  @Override
  public void close() {
    transport.close();
  }
}
