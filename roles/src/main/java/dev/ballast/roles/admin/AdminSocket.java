package dev.ballast.roles.admin;

import static java.lang.System.Logger.Level.WARNING;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The admin socket of a process: HTTP/1.1 over a Unix domain socket of mode 0600, one request a
 * connection, so that {@code curl --unix-socket} can ask too. A socket that a dead process left is
 * replaced; one that answers is not.
 */
public final class AdminSocket implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AdminSocket.class.getName());

  /** Longest request line and header lines together; ours are below a hundred bytes. */
  private static final int REQUEST_BYTES = 8192;

  /** Connections at a time; each holds a task. */
  private static final int CONNECTIONS = 64;

  /** How long a client may take to say what it wants, and again to read a whole answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The threads of all admin sockets of this process. */
  private static final Set<Thread> SERVING = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final ServerSocketChannel server;
  private final AdminHandlers handlers;
  private final ThreadFactory tasks;
  private final Duration patience;
  private final Semaphore places = new Semaphore(CONNECTIONS);

  private AdminSocket(
      Path path,
      ServerSocketChannel server,
      AdminHandlers handlers,
      ThreadFactory tasks,
      Duration patience) {
    this.path = path;
    this.server = server;
    this.handlers = handlers;
    this.tasks = tasks;
    this.patience = patience;
  }

  /** Listens at {@code path}; the directory is made with mode 0700 when it is missing. */
  public static AdminSocket open(Path path, AdminHandlers handlers, ThreadFactory tasks)
      throws IOException {
    return open(path, handlers, tasks, PATIENCE);
  }

  static AdminSocket open(Path path, AdminHandlers handlers, ThreadFactory tasks, Duration patience)
      throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null && !Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (Files.exists(path)) {
      if (answers(path)) {
        throw new IOException(
            path + " belongs to a process that still runs; stop it, or name another socket");
      }
      Files.delete(path);
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // Bound under a name of its own first: nobody can connect before the mode is right.
      Path hidden = path.resolveSibling("." + path.getFileName() + ".next");
      Files.deleteIfExists(hidden);
      server.bind(UnixDomainSocketAddress.of(hidden));
      Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-------"));
      Files.move(hidden, path);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    AdminSocket socket = new AdminSocket(path, server, handlers, tasks, patience);
    Thread listener = tasks.newThread(() -> serving(socket::listen));
    listener.setName("admin-socket");
    listener.start();
    return socket;
  }

  private static boolean answers(Path path) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      return channel.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  private static void serving(Runnable body) {
    SERVING.add(Thread.currentThread());
    try {
      body.run();
    } finally {
      SERVING.remove(Thread.currentThread());
    }
  }

  /** Whether a thread is one by which an admin socket of this process answers. */
  static boolean isServedBy(Thread thread) {
    return SERVING.contains(thread);
  }

  private void listen() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        if (!places.tryAcquire()) {
          connection.close();
          LOG.log(WARNING, "admin connection refused: open={0}", CONNECTIONS);
          continue;
        }
        Thread task =
            tasks.newThread(() ->
                serving(() -> {
                  try (connection) {
                    serve(connection);
                  } catch (IOException _) {
                    // The client went away.
                  } finally {
                    places.release();
                  }
                }));
        task.setName("admin-client");
        task.start();
      }
    } catch (ClosedChannelException _) {
      // close() was called.
    } catch (IOException e) {
      LOG.log(WARNING, "admin socket ended: path=" + path, e);
    }
  }

  private void serve(SocketChannel connection) throws IOException {
    InputStream in = new BufferedInputStream(Channels.newInputStream(connection));
    OutputStream out = Channels.newOutputStream(connection);
    CompletableFuture<?> limit = closeLater(connection);
    Optional<String> line = requestLine(in);
    limit.cancel(false);
    AdminResponse response =
        line.map(this::answer)
            .orElseGet(() ->
                AdminResponse.refusal(
                    400, "the request is longer than " + REQUEST_BYTES + " bytes"));
    switch (response) {
      case AdminResponse.Whole whole -> {
        byte[] body = whole.body().getBytes(StandardCharsets.UTF_8);
        String head =
            "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                .formatted(
                    whole.status(),
                    whole.status() < 400 ? "OK" : "Refused",
                    whole.contentType(),
                    body.length);
        limit = closeLater(connection);
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        limit.cancel(false);
      }
      case AdminResponse.Held held -> {
        try {
          limit = closeLater(connection);
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
                      + held.first()
                      + "\n")
                  .getBytes(StandardCharsets.UTF_8));
          limit.cancel(false);
          var _ = held.over().whenComplete((_, _) -> close(connection));
          while (in.read() >= 0) {
            // Whatever the client still says does not matter; its end does.
          }
        } finally {
          held.ended().run();
        }
      }
    }
  }

  /** Cancelled, it closes nothing. */
  private CompletableFuture<?> closeLater(SocketChannel connection) {
    CompletableFuture<Void> limit = new CompletableFuture<>();
    var _ = limit.thenRun(() -> close(connection));
    return limit.completeOnTimeout(null, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static void close(SocketChannel connection) {
    try {
      connection.close();
    } catch (IOException _) {
      // It is gone all the same.
    }
  }

  private AdminResponse answer(String line) {
    String[] words = line.split(" ");
    if (words.length != 3 || !words[1].startsWith("/")) {
      return AdminResponse.refusal(400, "not a request: METHOD /PATH HTTP/1.1 was expected");
    }
    String target = words[1].substring(1);
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    int slash = path.indexOf('/');
    String name = slash < 0 ? path : path.substring(0, slash);
    var handler = handlers.named(name);
    if (handler.isEmpty()) {
      return AdminResponse.refusal(
          404, "nobody here answers /" + name + "; there are: " + handlers.names());
    }
    try {
      return handler
          .get()
          .answer(
              new AdminRequest(
                  words[0],
                  slash < 0 ? "" : decode(path.substring(slash + 1)),
                  question < 0 ? Map.of() : query(target.substring(question + 1))));
    } catch (IllegalArgumentException e) {
      return AdminResponse.refusal(400, String.valueOf(e.getMessage()));
    } catch (Exception e) {
      LOG.log(WARNING, "admin handler failed: name=" + name, e);
      return AdminResponse.refusal(500, "the handler failed: " + e);
    }
  }

  /** Reads to the empty line that ends the header; empty when it does not come within the limit. */
  private static Optional<String> requestLine(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < REQUEST_BYTES) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.append((char) next);
      if (head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
        return Optional.of(head.substring(0, head.indexOf("\r\n")));
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> query(String text) {
    Map<String, String> query = new LinkedHashMap<>();
    for (String pair : text.split("&")) {
      int equals = pair.indexOf('=');
      query.put(
          decode(equals < 0 ? pair : pair.substring(0, equals)),
          equals < 0 ? "" : decode(pair.substring(equals + 1)));
    }
    return query;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
