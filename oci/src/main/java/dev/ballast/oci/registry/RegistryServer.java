package dev.ballast.oci.registry;

import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.http.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadFactory;

/** A registry that serves a store: the distribution specification over HTTP/1.1. */
public final class RegistryServer implements AutoCloseable {
  private final HttpServer http;
  private final Statistics statistics;

  private RegistryServer(HttpServer http, Statistics statistics) {
    this.http = http;
    this.statistics = statistics;
  }

  /**
   * Starts one.
   *
   * @param address port 0 takes a free one
   * @param tasks makes the threads that connections are served on; virtual ones suffice
   */
  public static RegistryServer start(
      InetSocketAddress address, ContentStore store, RegistryOptions options, ThreadFactory tasks)
      throws IOException {
    Statistics statistics = new Statistics();
    RegistryApi api = new RegistryApi(store, options, statistics);
    return new RegistryServer(HttpServer.open(address, options.http(), tasks, api), statistics);
  }

  /** Returns where it listens. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** Returns what it has done. */
  public Statistics.Snapshot statistics() {
    return statistics.snapshot();
  }

  /** Returns how many clients are connected. */
  public int connections() {
    return http.connections();
  }

  /** Returns whether it accepts connections. */
  public boolean isOpen() {
    return http.isOpen();
  }

  /** Ends all connections. */
  @Override
  public void close() {
    http.close();
  }
}
