package dev.ballast.cli.up;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;

/** Takes TCP connections for one target and passes them on to the first backend that takes them. */
final class Forwarder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Forwarder.class.getName());
  private static final int BACKLOG = 64;
  private static final int CONNECT_MILLIS = 200;

  /** Connections at a time; each holds two tasks. */
  private static final int CONNECTIONS = 256;

  private final ServerSocket server = new ServerSocket();
  private final ThreadFactory tasks;
  private final Semaphore places = new Semaphore(CONNECTIONS);
  private volatile Target target;

  private Forwarder(Target target, ThreadFactory tasks) throws IOException {
    this.target = target;
    this.tasks = tasks;
  }

  /** Listens at the target's address, which the host must have. */
  static Forwarder open(Target target, ThreadFactory tasks) throws IOException {
    Forwarder forwarder = new Forwarder(target, tasks);
    forwarder.server.setReuseAddress(true);
    forwarder.server.bind(target.at(), BACKLOG);
    Thread listener = tasks.newThread(forwarder::accept);
    listener.setName("forwarder");
    listener.start();
    return forwarder;
  }

  /** Other backends from the next connection on. */
  void retarget(Target now) {
    target = now;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        if (!places.tryAcquire()) {
          client.close();
          continue;
        }
        tasks
            .newThread(() -> {
              try {
                serve(client);
              } finally {
                places.release();
              }
            })
            .start();
      }
    } catch (SocketException e) {
      // It was closed.
    } catch (IOException e) {
      LOG.log(WARNING, "forwarder of " + target.at() + " ended: " + e.getMessage());
    }
  }

  private void serve(Socket client) {
    try (client) {
      for (InetSocketAddress backend : target.backends()) {
        try (Socket upstream = new Socket()) {
          try {
            upstream.connect(backend, CONNECT_MILLIS);
          } catch (IOException e) {
            LOG.log(DEBUG, () -> "backend " + backend + " does not answer: " + e.getMessage());
            continue;
          }
          relay(client, upstream);
          return;
        }
      }
    } catch (IOException e) {
      // One of the two went away: so does the connection.
    }
  }

  private void relay(Socket client, Socket upstream) throws IOException {
    Thread forth = tasks.newThread(() -> pump(client, upstream));
    forth.start();
    pump(upstream, client);
    try {
      forth.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.log(DEBUG, () -> "closing: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
