package dev.ballast.oci.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Sends calls over connections that it keeps for the next ones. Follows no redirect and repeats
 * nothing, except what a kept connection did not take. Threads: any.
 */
public final class HttpClient implements AutoCloseable {
  private static final int KEPT = 16;

  /** Servers end idle connections after a minute or more. */
  private static final long STALE_NANOS = Duration.ofSeconds(20).toNanos();

  private final Options options;
  private final Set<Wire> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Deque<Kept>> idle = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Thread watch;
  private volatile boolean closed;

  private record Kept(Wire wire, long since) {}

  /**
   * How it connects.
   *
   * @param patience how long the other end may neither send nor take anything
   * @param verifiesHost whether a certificate must be for the host that was asked for
   */
  public record Options(
      Duration connectTimeout,
      Duration patience,
      SSLContext tls,
      boolean verifiesHost,
      Proxies proxies) {}

  /**
   * Makes one.
   *
   * @param tasks makes the thread that ends connections which do not move
   */
  public HttpClient(Options options, ThreadFactory tasks) {
    this.options = options;
    this.watch = tasks.newThread(this::watch);
    watch.setName("http-client-watch");
    watch.start();
  }

  private void watch() {
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(250);
        long now = System.nanoTime();
        open.forEach(wire -> wire.closeIfStuck(now));
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  /** Sends a call; the answer must be closed. */
  public Answer send(Call call) throws IOException {
    if (call.isRepeatable()) {
      Optional<Wire> kept = kept(key(call.uri()));
      if (kept.isPresent()) {
        try {
          return exchange(kept.get(), call);
        } catch (StaleException e) {
          // It was closed while nobody looked; a fresh one will tell.
        }
      }
    }
    Wire wire = connect(call.uri());
    try {
      return exchange(wire, call);
    } catch (StaleException e) {
      throw new EOFException(call.uri().getAuthority() + " ended the connection without an answer");
    }
  }

  private static final class StaleException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static String key(URI uri) {
    return uri.getScheme() + "://" + uri.getAuthority();
  }

  private Optional<Wire> kept(String key) {
    lock.lock();
    try {
      Deque<Kept> deque = idle.getOrDefault(key, new ArrayDeque<>());
      while (!deque.isEmpty()) {
        Kept last = deque.removeLast();
        if (System.nanoTime() - last.since < STALE_NANOS) {
          return Optional.of(last.wire);
        }
        end(last.wire);
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void keep(String key, Wire wire) {
    wire.idle();
    lock.lock();
    try {
      Deque<Kept> deque = idle.computeIfAbsent(key, _ -> new ArrayDeque<>());
      if (closed || deque.size() >= KEPT) {
        end(wire);
      } else {
        deque.addLast(new Kept(wire, System.nanoTime()));
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(Wire wire) {
    open.remove(wire);
    wire.close();
  }

  private Wire connect(URI uri) throws IOException {
    Optional<URI> proxy = options.proxies().forUri(uri);
    URI to = proxy.orElse(uri);
    if (proxy.isPresent() && !to.getScheme().equals("http")) {
      throw new IOException("the proxy " + shown(to) + " is not an http:// one");
    }
    Wire wire = connect(to.getHost(), port(to));
    try {
      if (!uri.getScheme().equals("https")) {
        return wire;
      }
      if (proxy.isPresent()) {
        tunnel(wire, uri, to);
      }
      return secure(wire, uri);
    } catch (IOException e) {
      end(wire);
      throw e;
    }
  }

  private static String shown(URI proxy) {
    return proxy.getScheme() + "://" + proxy.getHost() + ":" + port(proxy);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  /** Tries each address of a host. */
  private Wire connect(String host, int port) throws IOException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new UnknownHostException("the host " + host + " is not known");
    }
    IOException last = new IOException("no address of " + host);
    for (InetAddress address : addresses) {
      SocketChannel channel = SocketChannel.open();
      Wire wire = Wire.plain(channel);
      wire.patience(options.patience());
      open.add(wire);
      try {
        wire.expectWithin(options.connectTimeout());
        channel.connect(new InetSocketAddress(address, port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        wire.expectProgress();
        return wire;
      } catch (ClosedChannelException e) {
        end(wire);
        last = new SocketTimeoutException("cannot connect to " + host + ":" + port + " in time");
      } catch (IOException e) {
        end(wire);
        last =
            new ConnectException("cannot connect to " + host + ":" + port + ": " + e.getMessage());
        last.initCause(e);
      }
    }
    throw last;
  }

  private static void tunnel(Wire wire, URI uri, URI proxy) throws IOException {
    String target = uri.getHost() + ":" + port(uri);
    StringBuilder head = new StringBuilder();
    head.append("CONNECT ").append(target).append(" HTTP/1.1\r\nHost: ").append(target);
    head.append("\r\n");
    proxyAuthorization(proxy)
        .ifPresent(value -> head.append("Proxy-Authorization: ").append(value).append("\r\n"));
    wire.write(head.append("\r\n").toString());
    int status = status(wire.line());
    var _ = wire.headers();
    if (status != 200) {
      throw new IOException(
          "the proxy " + shown(proxy) + " does not connect to " + target + ": status " + status);
    }
  }

  private static Optional<String> proxyAuthorization(URI proxy) {
    return Optional.ofNullable(proxy.getUserInfo())
        .map(user ->
            "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
  }

  private Wire secure(Wire wire, URI uri) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            options
                .tls()
                .getSocketFactory()
                .createSocket(wire.socket(), uri.getHost(), port(uri), true);
    if (options.verifiesHost()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    Wire secured = Wire.tls(wire.channel(), socket);
    secured.patience(options.patience());
    open.remove(wire);
    open.add(secured);
    return secured;
  }

  private Answer exchange(Wire wire, Call call) throws IOException {
    boolean answered = false;
    try {
      Optional<IOException> unsent = Optional.empty();
      try {
        write(wire, call);
      } catch (SourceException e) {
        throw e;
      } catch (IOException e) {
        // A server may refuse before it has read everything, and close.
        unsent = Optional.of(e);
      }
      Answer answer = answer(wire, call, unsent);
      answered = true;
      return answer;
    } finally {
      if (!answered) {
        end(wire);
      }
    }
  }

  /** What should be sent could not be read: no fault of the connection. */
  public static final class SourceException extends IOException {
    private static final long serialVersionUID = 1L;

    SourceException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private void write(Wire wire, Call call) throws IOException {
    URI uri = call.uri();
    StringBuilder head = new StringBuilder(512);
    head.append(call.method()).append(' ');
    Optional<URI> proxy =
        uri.getScheme().equals("http") ? options.proxies().forUri(uri) : Optional.empty();
    if (proxy.isPresent()) {
      head.append(key(uri));
    }
    String path = uri.getRawPath();
    head.append(path == null || path.isEmpty() ? "/" : path);
    if (uri.getRawQuery() != null) {
      head.append('?').append(uri.getRawQuery());
    }
    head.append(" HTTP/1.1\r\nHost: ").append(uri.getAuthority()).append("\r\n");
    proxy
        .flatMap(HttpClient::proxyAuthorization)
        .ifPresent(value -> head.append("Proxy-Authorization: ").append(value).append("\r\n"));
    call.headers().write(head);
    call.bodyLength()
        .ifPresent(length -> head.append("Content-Length: ").append(length).append("\r\n"));
    switch (call.body()) {
      case Call.Body.None _ -> wire.write(head.append("\r\n").toString());
      case Call.Body.Bytes bytes -> wire.write(head.append("\r\n").toString(), bytes.bytes());
      case Call.Body.Part part ->
          wire.write(head.append("\r\n").toString(), part.file(), part.first(), part.count());
      case Call.Body.Stream stream -> {
        if (stream.length() < 0) {
          head.append("Transfer-Encoding: chunked\r\n");
        }
        wire.write(head.append("\r\n").toString());
        write(wire, stream);
      }
    }
  }

  private static void write(Wire wire, Call.Body.Stream body) throws IOException {
    byte[] buffer = new byte[256 << 10];
    long left = body.length() < 0 ? Long.MAX_VALUE : body.length();
    while (left > 0) {
      int n;
      wire.idle();
      try {
        n = body.stream().readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
      } catch (IOException e) {
        throw new SourceException(e);
      }
      if (n == 0) {
        if (body.length() >= 0) {
          throw new SourceException(new EOFException("the content ended too early"));
        }
        break;
      }
      if (body.length() < 0) {
        wire.write(Integer.toHexString(n) + "\r\n");
      }
      wire.write(ByteBuffer.wrap(buffer, 0, n));
      if (body.length() < 0) {
        wire.write("\r\n");
      }
      left -= n;
    }
    if (body.length() < 0) {
      wire.write("0\r\n\r\n");
    }
  }

  private static int status(String line) throws IOException {
    if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw new IOException("what answers does not speak HTTP/1.1");
    }
    return Integer.parseInt(line.substring(9, 12));
  }

  private Answer answer(Wire wire, Call call, Optional<IOException> unsent) throws IOException {
    wire.expectProgress();
    try {
      if (!wire.awaitInput()) {
        throw new StaleException();
      }
    } catch (StaleException e) {
      throw unsent.isPresent() && !call.isRepeatable() ? unsent.get() : e;
    } catch (ClosedChannelException e) {
      throw new SocketTimeoutException(call.uri().getAuthority() + " did not answer in time");
    } catch (IOException e) {
      throw call.isRepeatable() ? new StaleException() : unsent.orElse(e);
    }
    String first = wire.line();
    int status = status(first);
    Headers headers = wire.headers();
    while (status < 200) {
      first = wire.line();
      status = status(first);
      headers = wire.headers();
    }
    boolean bodiless = call.method().equals("HEAD") || status == 204 || status == 304;
    long stated;
    try {
      stated = headers.bodyLength();
    } catch (HttpException e) {
      throw new IOException(call.uri().getAuthority() + " answered with " + e.getMessage(), e);
    }
    boolean lasts =
        unsent.isEmpty()
            && first.startsWith("HTTP/1.1")
            && !headers.lists("Connection", "close")
            && (bodiless || stated != BodyInput.UNSTATED);
    BodyInput body = new BodyInput(wire, bodiless ? 0 : stated, () -> {});
    String key = key(call.uri());
    return new Answer(
        status,
        headers,
        body,
        stated,
        () -> {
          if (lasts) {
            keep(key, wire);
          } else {
            end(wire);
          }
        },
        () -> end(wire));
  }

  /** Ends all connections. */
  @Override
  public void close() {
    closed = true;
    watch.interrupt();
    open.forEach(Wire::close);
  }
}
