package dev.ballast.roles.admin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One question to another process's admin socket; closing it ends what the answer holds. */
public final class AdminClient implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader reader;
  private final int status;

  private AdminClient(SocketChannel channel, BufferedReader reader, int status) {
    this.channel = channel;
    this.reader = reader;
    this.status = status;
  }

  /**
   * Asks.
   *
   * @param target as {@code /tasks/17/stack}
   * @throws IOException when nobody listens, or what answers is no admin socket
   */
  public static AdminClient ask(Path socket, String target) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer request =
          ByteBuffer.wrap(
              ("GET " + target + " HTTP/1.1\r\nHost: ballast\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
      String first = reader.readLine();
      if (first == null || !first.startsWith("HTTP/1.1 ") || first.length() < 12) {
        throw new IOException("what listens at " + socket + " is no admin socket: " + first);
      }
      for (String line = first; line != null && !line.isEmpty(); ) {
        line = reader.readLine();
      }
      return new AdminClient(channel, reader, Integer.parseInt(first.substring(9, 12)));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether the question was answered and not refused. */
  public boolean answered() {
    return status < 400;
  }

  /** The next line of the answer; null at its end. */
  public @org.jspecify.annotations.Nullable String line() throws IOException {
    return reader.readLine();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
