package dev.ballast.oci.http;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/** Accepts connections and has a handler answer what comes, each on a task of its own. */
public final class HttpServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

  private static final int BACKLOG = 1024;

  /** What is left of a body is read when it is less; otherwise the connection ends. */
  private static final long DRAINED = 256 << 10;

  private final Options options;
  private final HttpHandler handler;
  private final ThreadFactory tasks;
  private final ServerSocketChannel listener;
  private final Semaphore free;
  private final Set<Wire> open = ConcurrentHashMap.newKeySet();
  private final Thread watcher;
  private volatile boolean closing;

  /**
   * How it serves.
   *
   * @param connections at once; others wait to be accepted
   * @param patience how long a client may neither send nor take anything in the middle of a message
   * @param idle how long a connection may have none
   * @param tls asked for each connection, so that renewed certificates are served
   */
  public record Options(
      int connections, Duration patience, Duration idle, Supplier<Optional<SSLContext>> tls) {
    /** Returns what suits a registry without TLS. */
    public static Options plain() {
      return new Options(4096, Duration.ofSeconds(60), Duration.ofSeconds(120), Optional::empty);
    }

    /** Returns the same with TLS. */
    public Options withTls(Supplier<SSLContext> context) {
      return new Options(connections, patience, idle, () -> Optional.of(context.get()));
    }

    /** Returns the same with another patience. */
    public Options withPatience(Duration other) {
      return new Options(connections, other, idle, tls);
    }
  }

  private HttpServer(
      Options options, HttpHandler handler, ThreadFactory tasks, ServerSocketChannel listener) {
    this.options = options;
    this.handler = handler;
    this.tasks = tasks;
    this.listener = listener;
    this.free = new Semaphore(options.connections());
    this.watcher = named("watch", this::watch);
  }

  /** Listens; port 0 takes a free one. */
  public static HttpServer open(
      InetSocketAddress address, Options options, ThreadFactory tasks, HttpHandler handler)
      throws IOException {
    if (address.isUnresolved()) {
      throw new IOException("cannot listen on " + address + ": the host is not known");
    }
    ServerSocketChannel listener = ServerSocketChannel.open();
    try {
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(address, BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
    HttpServer server = new HttpServer(options, handler, tasks, listener);
    server.watcher.start();
    server.start("accept", server::accept);
    return server;
  }

  private void start(String name, Runnable body) {
    named(name, body).start();
  }

  private Thread named(String name, Runnable body) {
    Thread task = tasks.newThread(body);
    task.setName("registry-" + name);
    return task;
  }

  /** Returns where it listens. */
  public InetSocketAddress address() {
    try {
      return (InetSocketAddress) listener.getLocalAddress();
    } catch (IOException e) {
      throw new IllegalStateException("the server is closed", e);
    }
  }

  /** Returns how many connections there are. */
  public int connections() {
    return open.size();
  }

  /** Returns whether it accepts connections. */
  public boolean isOpen() {
    return listener.isOpen();
  }

  private void accept() {
    while (!closing) {
      try {
        free.acquire();
        SocketChannel channel;
        try {
          channel = listener.accept();
        } catch (IOException e) {
          free.release();
          throw e;
        }
        start(
            "connection",
            () -> {
              try {
                serve(channel);
              } finally {
                free.release();
              }
            });
      } catch (AsynchronousCloseException e) {
        return;
      } catch (IOException e) {
        if (closing || !listener.isOpen()) {
          return;
        }
        // Out of file descriptors, or a client that has gone already.
        LOG.log(WARNING, "cannot accept a connection: {0}", e.getMessage());
        pause(Duration.ofMillis(100));
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends connections whose client does not move. */
  private void watch() {
    Duration step = options.patience().dividedBy(4);
    while (!closing && !Thread.currentThread().isInterrupted()) {
      pause(step.compareTo(Duration.ofSeconds(1)) < 0 ? step : Duration.ofSeconds(1));
      long now = System.nanoTime();
      for (Wire wire : open) {
        if (wire.closeIfStuck(now)) {
          LOG.log(DEBUG, "ended a connection that did not move: client={0}", wire.socket());
        }
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      String peer = String.valueOf(channel.getRemoteAddress());
      Optional<SSLContext> tls = options.tls().get();
      Wire wire = tls.isPresent() ? secured(channel, tls.get()) : Wire.plain(channel);
      wire.patience(options.patience());
      wire.expectProgress();
      open.add(wire);
      try {
        if (closing) {
          return;
        }
        boolean more = true;
        while (more && !closing) {
          more = exchange(wire, tls.isPresent(), peer);
        }
        wire.finish();
      } finally {
        open.remove(wire);
        wire.close();
      }
    } catch (EOFException | SocketException | AsynchronousCloseException | SSLException e) {
      LOG.log(DEBUG, "a client went away: {0}", e.toString());
    } catch (IOException | RuntimeException e) {
      LOG.log(DEBUG, "a connection failed", e);
    }
  }

  private Wire secured(SocketChannel channel, SSLContext context) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(channel.socket(), null, true);
    socket.setUseClientMode(false);
    return Wire.tls(channel, socket);
  }

  /** Answers one request; false when it was the last of its connection. */
  private boolean exchange(Wire wire, boolean secure, String peer) throws IOException {
    wire.expectWithin(options.idle());
    if (!wire.awaitInput()) {
      return false;
    }
    wire.expectProgress();
    boolean keep = true;
    BodyInput body;
    Response response;
    Request request;
    try {
      String[] first = firstLine(wire).split(" ", -1);
      if (first.length != 3 || !first[0].matches("[A-Z]{1,16}")) {
        throw new HttpException(400, "not a request");
      }
      Headers headers = wire.headers();
      boolean old = first[2].equals("HTTP/1.0");
      if (!old && !first[2].equals("HTTP/1.1")) {
        throw new HttpException(400, "not a version of HTTP that is spoken here");
      }
      keep =
          old ? headers.lists("Connection", "keep-alive") : !headers.lists("Connection", "close");
      long length = headers.bodyLength();
      body =
          new BodyInput(
              wire,
              length == BodyInput.UNSTATED ? 0 : length,
              headers.first("Expect").isPresent() ? () -> goOn(wire) : () -> {});
      request =
          Request.of(
              first[0],
              first[1],
              headers,
              body,
              length == BodyInput.UNSTATED ? 0 : length,
              secure,
              peer);
      response = new Response(wire, first[0].equals("HEAD"), !keep);
      if (old && keep) {
        response.header("Connection", "keep-alive");
      }
    } catch (HttpException e) {
      refuse(new Response(wire, false, true), e.status(), String.valueOf(e.getMessage()));
      return false;
    }
    try {
      handler.handle(request, response);
    } catch (HttpException e) {
      if (response.status() != 0) {
        return false;
      }
      refuse(response.closing(), e.status(), String.valueOf(e.getMessage()));
    } catch (EOFException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      if (!wire.socket().isClosed() && !(e instanceof SocketException)) {
        LOG.log(WARNING, "cannot answer " + request.method() + " " + request.path(), e);
      }
      if (response.status() != 0) {
        return false;
      }
      refuse(response.closing(), 500, "the server failed; its log says why");
    }
    return response.isComplete() && body.drain(DRAINED) && !response.closes();
  }

  private static String firstLine(Wire wire) throws IOException {
    // Some clients end a body with one line too many.
    String line = wire.line();
    return line.isEmpty() ? wire.line() : line;
  }

  private static void goOn(Wire wire) {
    try {
      wire.write("HTTP/1.1 100 Continue\r\n\r\n");
    } catch (IOException e) {
      // The read that follows says so too.
      wire.close();
    }
  }

  private static void refuse(Response response, int status, String message) throws IOException {
    String text =
        "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}"
            .formatted(
                status < 500 ? "UNSUPPORTED" : "UNKNOWN",
                message.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 .,;/-]", ""));
    response
        .header("Content-Type", "application/json")
        .send(status, text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** Ends all connections. */
  @Override
  public void close() {
    closing = true;
    watcher.interrupt();
    try {
      listener.close();
    } catch (IOException e) {
      LOG.log(DEBUG, "cannot close the listener", e);
    }
    open.forEach(Wire::close);
  }
}
