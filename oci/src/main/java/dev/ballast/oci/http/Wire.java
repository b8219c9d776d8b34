package dev.ballast.oci.http;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;

/**
 * One connection of either end, with a buffer for what was read. Used by one thread at a time,
 * except that any may close it.
 */
final class Wire implements Closeable {
  /** A line of a head, and all of it. */
  private static final int LONGEST_LINE = 16 << 10;

  private static final int MOST_FIELDS = 128;

  private static final int BUFFER = 16 << 10;

  /** Of a file this small, one write with its head is cheaper than two calls. */
  private static final int SMALL = 32 << 10;

  private static final int PIECE = 128 << 10;
  private static final Duration GOODBYE = Duration.ofSeconds(2);
  private static final int LINGERED = 1024;
  private static final long SENDFILE = 8 << 20;

  private final SocketChannel channel;
  private final ReadableByteChannel in;
  private final WritableByteChannel out;
  private final Closeable socket;
  private final boolean direct;
  private final ByteBuffer read = ByteBuffer.allocate(BUFFER).flip();

  /** When the other end must have moved, by {@link System#nanoTime}; 0 for never. */
  private final AtomicLong deadline = new AtomicLong();

  private long patienceNanos = Duration.ofSeconds(60).toNanos();

  private Wire(
      SocketChannel channel,
      ReadableByteChannel in,
      WritableByteChannel out,
      Closeable socket,
      boolean direct) {
    this.channel = channel;
    this.in = in;
    this.out = out;
    this.socket = socket;
    this.direct = direct;
  }

  static Wire plain(SocketChannel channel) {
    return new Wire(channel, channel, channel, channel, true);
  }

  /** A connection under TLS, whose handshake is done by its first use. */
  static Wire tls(SocketChannel channel, SSLSocket socket) throws IOException {
    return new Wire(
        channel,
        new TlsInput(socket.getInputStream()),
        new TlsOutput(socket.getOutputStream()),
        socket,
        false);
  }

  SocketChannel channel() {
    return channel;
  }

  Socket socket() {
    return channel.socket();
  }

  /** Sets how long the other end may take for anything. */
  void patience(Duration patience) {
    patienceNanos = patience.toNanos();
  }

  /** Starts the clock of a wait for the other end. */
  void expectProgress() {
    deadline.set(System.nanoTime() + patienceNanos);
  }

  /** Stops it. */
  void idle() {
    deadline.set(0);
  }

  /** Starts the clock of another wait. */
  void expectWithin(Duration limit) {
    deadline.set(System.nanoTime() + limit.toNanos());
  }

  /** Closes it when the other end has not moved in time; true then. */
  boolean closeIfStuck(long now) {
    long end = deadline.get();
    if (end == 0 || now - end < 0) {
      return false;
    }
    close();
    return true;
  }

  private boolean fill() throws IOException {
    read.clear();
    int n;
    try {
      n = in.read(read);
    } catch (IOException e) {
      throw gone(e);
    } finally {
      read.flip();
    }
    return n > 0;
  }

  /** Returns whether the other end sent something, or false when it has closed. */
  boolean awaitInput() throws IOException {
    return read.hasRemaining() || fill();
  }

  int read(byte[] to, int at, int count) throws IOException {
    if (!read.hasRemaining()) {
      if (count >= BUFFER) {
        // Past the buffer.
        int n = in.read(ByteBuffer.wrap(to, at, count));
        expectProgress();
        return n;
      }
      if (!fill()) {
        return -1;
      }
      // Not while a head is read: that has one time for all of it.
      expectProgress();
    }
    int n = Math.min(count, read.remaining());
    read.get(to, at, n);
    return n;
  }

  String line() throws IOException {
    StringBuilder line = new StringBuilder(80);
    while (true) {
      if (!read.hasRemaining() && !fill()) {
        throw new EOFException("the connection ended inside of a head");
      }
      char c = (char) (read.get() & 0xff);
      if (c == '\n') {
        int end = line.length();
        if (end > 0 && line.charAt(end - 1) == '\r') {
          line.setLength(end - 1);
        }
        return line.toString();
      }
      if (line.length() >= LONGEST_LINE) {
        throw new HttpException(431, "a line of the head is too long");
      }
      line.append(c);
    }
  }

  Headers headers() throws IOException {
    Headers headers = new Headers();
    while (true) {
      String line = line();
      if (line.isEmpty()) {
        return headers;
      }
      if (headers.size() == MOST_FIELDS) {
        throw new HttpException(431, "the head has too many fields");
      }
      headers.read(line);
    }
  }

  void write(String head) throws IOException {
    write(ByteBuffer.wrap(head.getBytes(StandardCharsets.ISO_8859_1)));
  }

  void write(String head, byte[] body) throws IOException {
    byte[] first = head.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer both = ByteBuffer.allocate(first.length + body.length);
    write(both.put(first).put(body).flip());
  }

  void write(ByteBuffer bytes) throws IOException {
    expectProgress();
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
        expectProgress();
      }
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /** What fails here is the connection, as who writes from a file could not tell. */
  private static IOException gone(IOException e) {
    if (e instanceof SocketException || e instanceof ClosedChannelException) {
      return e;
    }
    SocketException gone = new SocketException(e.getMessage());
    gone.initCause(e);
    return gone;
  }

  /** Sends a part of a file behind a head. */
  void write(String head, FileChannel file, long first, long count) throws IOException {
    byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    if (count <= SMALL) {
      ByteBuffer both = ByteBuffer.allocate(bytes.length + (int) count).put(bytes);
      copy(file, first, both);
      write(both.flip());
      return;
    }
    write(ByteBuffer.wrap(bytes));
    write(file, first, count);
  }

  void write(FileChannel file, long first, long count) throws IOException {
    long end = first + count;
    long at = first;
    ByteBuffer piece = ByteBuffer.allocate(0);
    while (at < end) {
      long n = 0;
      if (direct) {
        expectProgress();
        try {
          n = file.transferTo(at, Math.min(SENDFILE, end - at), channel);
        } catch (IOException e) {
          throw String.valueOf(e.getMessage()).matches("Broken pipe|Connection reset.*")
              ? gone(e)
              : e;
        }
        expectProgress();
      }
      if (n == 0) {
        // Under TLS, and where the kernel took nothing: this write waits until it does.
        if (piece.capacity() == 0) {
          piece = ByteBuffer.allocate((int) Math.min(PIECE, end - at));
        }
        piece.clear().limit((int) Math.min(piece.capacity(), end - at));
        copy(file, at, piece);
        n = piece.flip().remaining();
        write(piece);
      }
      at += n;
    }
  }

  private static void copy(FileChannel file, long first, ByteBuffer to) throws IOException {
    long at = first;
    while (to.hasRemaining()) {
      int n = file.read(to, at);
      if (n < 0) {
        throw new EOFException("the file is shorter than it was");
      }
      at += n;
    }
  }

  @Override
  public void close() {
    try {
      if (direct) {
        channel.close();
      } else {
        // Not through TLS: its goodbye could wait for the other end.
        channel.close();
        socket.close();
      }
    } catch (IOException e) {
      // It is of no more use either way.
    }
  }

  /**
   * Ends the sending side, and takes what the other end still sends for a moment: to close with
   * unread input would take back what was sent.
   */
  void finish() {
    expectWithin(GOODBYE);
    try {
      if (direct) {
        channel.shutdownOutput();
        read.clear();
        for (int i = 0; i < LINGERED && channel.read(read.clear()) >= 0; i++) {
          // Only to take it.
        }
      } else {
        socket.close();
      }
    } catch (IOException e) {
      // The other end was faster.
    }
    close();
  }
}
