package dev.ballast.certificates.config;

import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.KubeconfigTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.HttpsURLConnection;

/**
 * The API server of a kubeconfig, asked once: trust, client certificate or token are those of the
 * file. May be used by any thread.
 */
public final class ApiServer {
  /** etcd takes no larger objects than 1.5 MiB. */
  private static final int LIMIT = 2 << 20;

  private final Kubeconfig asker;
  private final Duration budget;
  private final ThreadFactory tasks;

  /**
   * @param budget for everything: name, connection, handshake, answer
   * @param tasks makes the one task that asks, so that it can be left behind
   */
  public ApiServer(Kubeconfig asker, Duration budget, ThreadFactory tasks) {
    this.asker = asker;
    this.budget = budget;
    this.tasks = tasks;
  }

  /** What came of it. */
  public sealed interface Answer {
    /** An HTTP answer; the body of an error is empty. */
    record Status(int code, byte[] body) implements Answer {}

    /** There was none. */
    record None(String reason) implements Answer {}
  }

  /** Reads what is at a path. */
  public Answer get(String path) {
    return within(() -> ask("GET", path, Optional.empty()));
  }

  /** Creates an object, given in JSON. */
  public Answer post(String path, byte[] json) {
    return within(() -> ask("POST", path, Optional.of(json)));
  }

  private interface Request {
    Answer send() throws IOException, GeneralSecurityException;
  }

  private Answer within(Request request) {
    var answer =
        new AtomicReference<Answer>(
            new Answer.None("no answer within " + budget.toMillis() + " ms"));
    Thread task = tasks.newThread(() -> answer.set(said(request)));
    task.start();
    try {
      // Left behind when it takes longer: a name server cannot be hurried.
      task.join(budget);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return answer.get();
  }

  private static Answer said(Request request) {
    try {
      return request.send();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException | PkiFailure e) {
      return new Answer.None(String.valueOf(e.getMessage()));
    }
  }

  private Answer ask(String method, String path, Optional<byte[]> sent)
      throws IOException, GeneralSecurityException {
    String server =
        asker.server().orElseThrow(() -> new IOException(asker.file() + " names no server"));
    URI uri =
        URI.create(
            server.endsWith("/") ? server.substring(0, server.length() - 1) + path : server + path);
    var connection = (HttpURLConnection) uri.toURL().openConnection();
    int timeout = (int) budget.toMillis();
    connection.setConnectTimeout(timeout);
    connection.setReadTimeout(timeout);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestMethod(method);
    connection.setRequestProperty("Accept", "application/json");
    asker
        .token()
        .ifPresent(token -> connection.setRequestProperty("Authorization", "Bearer " + token));
    if (connection instanceof HttpsURLConnection https) {
      https.setSSLSocketFactory(KubeconfigTls.context(asker).getSocketFactory());
    }
    if (sent.isPresent()) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      connection.getOutputStream().write(sent.get());
    }
    int status = connection.getResponseCode();
    if (status >= HttpURLConnection.HTTP_BAD_REQUEST) {
      return new Answer.Status(status, new byte[0]);
    }
    try (InputStream body = connection.getInputStream()) {
      return new Answer.Status(status, body.readNBytes(LIMIT));
    }
  }
}
