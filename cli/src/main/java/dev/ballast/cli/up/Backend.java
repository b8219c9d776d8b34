package dev.ballast.cli.up;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadFactory;

/** A small web server that says who answers. */
final class Backend implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Backend.class.getName());
  private static final int BACKLOG = 64;
  private static final int PATIENCE_MILLIS = 5_000;
  private static final int LONGEST_REQUEST = 8_192;

  private final ServerSocket server = new ServerSocket();
  private final byte[] answer;
  private final ThreadFactory tasks;

  private Backend(String body, ThreadFactory tasks) throws IOException {
    byte[] text = body.getBytes(StandardCharsets.UTF_8);
    answer =
        ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                + text.length
                + "\r\nConnection: close\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.UTF_8);
    this.tasks = tasks;
  }

  /** Serves a text at an address. */
  static Backend open(InetSocketAddress at, String body, ThreadFactory tasks) throws IOException {
    Backend backend = new Backend(body, tasks);
    backend.server.setReuseAddress(true);
    backend.server.bind(at, BACKLOG);
    tasks.newThread(backend::accept).start();
    return backend;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        tasks.newThread(() -> serve(socket)).start();
      }
    } catch (SocketException e) {
      // It was closed.
    } catch (IOException e) {
      LOG.log(WARNING, "backend ended: " + e.getMessage());
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      if (sawRequest(socket.getInputStream())) {
        socket.getOutputStream().write(answer);
      }
    } catch (IOException e) {
      // The client went away.
    }
  }

  /** Reads to the empty line that ends a request without body. */
  private static boolean sawRequest(InputStream in) throws IOException {
    int ends = 0;
    for (int i = 0; i < LONGEST_REQUEST; i++) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
      if (ends == 2) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
