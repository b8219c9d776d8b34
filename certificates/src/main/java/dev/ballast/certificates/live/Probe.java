package dev.ballast.certificates.live;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Asks TLS ports for their certificates, all at once. It shows no client certificate and sends no
 * request: a server that demands one has shown its own by then.
 */
public final class Probe {
  private final ThreadFactory threads;
  private final Duration timeout;

  /**
   * @param threads runs one short task for each port; virtual threads will do
   * @param timeout for a whole probe, however slowly the other side answers
   */
  public Probe(ThreadFactory threads, Duration timeout) {
    this.threads = threads;
    this.timeout = timeout;
  }

  /** One observation for each address, in their order; takes no longer than the timeout. */
  public Map<InetSocketAddress, Observation> all(Collection<InetSocketAddress> addresses) {
    var seen = new ConcurrentHashMap<InetSocketAddress, Observation>();
    var sockets = new ConcurrentHashMap<InetSocketAddress, Socket>();
    var tasks = new ArrayList<Thread>();
    for (var address : addresses) {
      var task = threads.newThread(() -> seen.put(address, ask(address, sockets)));
      task.start();
      tasks.add(task);
    }
    await(tasks);
    // Closing wakes what is still waiting for a server that drips its answer.
    sockets.values().forEach(Probe::close);
    var result = new LinkedHashMap<InetSocketAddress, Observation>();
    for (var address : addresses) {
      var late = new Observation.Silent("no certificate within " + timeout.toMillis() + " ms");
      result.put(address, seen.getOrDefault(address, late));
    }
    return result;
  }

  public Observation one(InetSocketAddress address) {
    return all(List.of(address)).values().iterator().next();
  }

  private void await(List<Thread> tasks) {
    var end = System.nanoTime() + timeout.toNanos();
    for (var task : tasks) {
      try {
        task.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private Observation ask(InetSocketAddress address, Map<InetSocketAddress, Socket> sockets) {
    var witness = new Witness();
    try (var plain = new Socket()) {
      sockets.put(address, plain);
      int millis = Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
      plain.connect(address, millis);
      plain.setSoTimeout(millis);
      shake(plain, address, witness);
    } catch (ConnectException | NoRouteToHostException e) {
      return new Observation.Closed(reason(e));
    } catch (SocketTimeoutException e) {
      return witness.orElse("timed out");
    } catch (IOException e) {
      // A server that demands a client certificate ends the handshake after showing its own.
      return witness.orElse(reason(e));
    }
    return witness.orElse("the handshake showed no certificate");
  }

  private static void shake(Socket plain, InetSocketAddress address, Witness witness)
      throws IOException {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {witness}, null);
      try (var tls =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, address.getHostString(), address.getPort(), true)) {
        tls.startHandshake();
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      System.getLogger(Probe.class.getName()).log(System.Logger.Level.DEBUG, "closing", e);
    }
  }

  /**
   * Remembers the chain and accepts it: the probe decides nothing on its word and sends nothing,
   * and an expired certificate is just what it looks for.
   */
  private static final class Witness extends X509ExtendedTrustManager {
    private volatile List<X509Certificate> chain = List.of();

    Observation orElse(String reason) {
      return chain.isEmpty() ? new Observation.Silent(reason) : new Observation.Serves(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] shown, String type) {
      chain = List.of(shown);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] shown, String type, Socket socket) {
      chain = List.of(shown);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] shown, String type, SSLEngine engine) {
      chain = List.of(shown);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] shown, String type) {
      throw new IllegalStateException("a probe is never a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] shown, String type, Socket socket) {
      throw new IllegalStateException("a probe is never a server");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] shown, String type, SSLEngine engine) {
      throw new IllegalStateException("a probe is never a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
