package dev.ballast.bootstrap.api;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.data.JsonText;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.UnverifiedTls;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.KubeconfigTls;
import dev.ballast.yaml.YamlFailure;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/** An API server, asked over HTTPS. */
public final class KubeApi {
  private static final int ANSWER_LIMIT = 16 << 20;

  private final String server;
  private final Optional<SSLSocketFactory> sockets;
  private final Optional<HostnameVerifier> names;
  private final Optional<String> token;
  private final Duration timeout;

  private KubeApi(
      String server,
      Optional<SSLSocketFactory> sockets,
      Optional<HostnameVerifier> names,
      Optional<String> token,
      Duration timeout) {
    this.server = server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
    this.sockets = sockets;
    this.names = names;
    this.token = token;
    this.timeout = timeout;
  }

  /** Returns the API server of a kubeconfig, with the trust and the identity that are in it. */
  public static KubeApi of(Kubeconfig kubeconfig, Duration timeout) {
    String server =
        kubeconfig
            .server()
            .orElseThrow(() ->
                new BootstrapFailure(kubeconfig.file() + " names no server", "correct the file"));
    try {
      return new KubeApi(
          server,
          Optional.of(KubeconfigTls.context(kubeconfig).getSocketFactory()),
          Optional.empty(),
          kubeconfig.token(),
          timeout);
    } catch (GeneralSecurityException | IOException e) {
      throw new BootstrapFailure(
          "cannot use the certificates of " + kubeconfig.file() + ": " + e.getMessage(),
          "make the file anew: ballast init phase kubeconfig admin",
          e);
    }
  }

  /** Returns an API server that nothing is known of: what it answers is not to be believed yet. */
  public static KubeApi unverified(String server, Duration timeout) {
    try {
      return new KubeApi(
          server,
          Optional.of(UnverifiedTls.context().getSocketFactory()),
          Optional.of((_, _) -> true),
          Optional.empty(),
          timeout);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /**
   * An answer.
   *
   * @param code of HTTP; 0 when there was none
   * @param text the body, or why there was no answer
   */
  public record Answer(int code, String text) {
    public boolean ok() {
      return code >= 200 && code < 300;
    }

    public Map<String, Object> object() {
      return Data.parse("the API server's answer", text);
    }

    /** Returns what the server says is wrong. */
    public String reason() {
      if (code == 0) {
        return text;
      }
      try {
        String message = Data.text(object(), "message");
        return message.isEmpty() ? "HTTP " + code : message;
      } catch (YamlFailure | BootstrapFailure e) {
        return "HTTP " + code;
      }
    }

    /** Returns whether the same request may succeed in a moment. */
    public boolean isTransient() {
      return code == 0 || code == 429 || code >= 500;
    }
  }

  public String server() {
    return server;
  }

  public Answer get(String path) {
    return ask("GET", path, Optional.empty());
  }

  public Answer post(String path, Map<String, Object> object) {
    return ask("POST", path, Optional.of(object));
  }

  public Answer put(String path, Map<String, Object> object) {
    return ask("PUT", path, Optional.of(object));
  }

  public Answer delete(String path) {
    return ask("DELETE", path, Optional.empty());
  }

  private Answer ask(String method, String path, Optional<Map<String, Object>> body) {
    try {
      var connection = (HttpURLConnection) URI.create(server + path).toURL().openConnection();
      connection.setConnectTimeout((int) timeout.toMillis());
      connection.setReadTimeout((int) timeout.toMillis());
      connection.setInstanceFollowRedirects(false);
      connection.setRequestMethod(method);
      connection.setRequestProperty("Accept", "application/json");
      token.ifPresent(t -> connection.setRequestProperty("Authorization", "Bearer " + t));
      if (connection instanceof HttpsURLConnection https) {
        sockets.ifPresent(https::setSSLSocketFactory);
        names.ifPresent(https::setHostnameVerifier);
      }
      if (body.isPresent()) {
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection
            .getOutputStream()
            .write(JsonText.of(body.get()).getBytes(StandardCharsets.UTF_8));
      }
      int code = connection.getResponseCode();
      try (InputStream in =
          code >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
        return new Answer(
            code,
            in == null ? "" : new String(in.readNBytes(ANSWER_LIMIT), StandardCharsets.UTF_8));
      }
    } catch (IOException | IllegalArgumentException | PkiFailure e) {
      return new Answer(0, server + ": " + e.getMessage());
    }
  }

  /** Creates an object; changes it when it is there. */
  public void apply(Map<String, Object> object) {
    write(object, true);
  }

  /** Creates an object; leaves one that is there as it is. */
  public void create(Map<String, Object> object) {
    write(object, false);
  }

  private void write(Map<String, Object> object, boolean replace) {
    Resource resource = Resource.of(this, object);
    Answer answer = new Answer(0, "no answer");
    for (int attempt = 0; attempt < 60; attempt++) {
      answer = post(resource.collection(), object);
      if (answer.code() == 409) {
        answer = replace ? replace(resource, object) : get(resource.path());
      }
      // A new API server makes its own rules of access in its first seconds.
      boolean starting = answer.code() == 403 && attempt < 20;
      if (answer.ok() || !(answer.isTransient() || answer.code() == 409 || starting)) {
        break;
      }
      Pause.of(Duration.ofMillis(500));
    }
    if (!answer.ok()) {
      throw new BootstrapFailure(
          "cannot write " + resource + ": " + answer.reason(),
          "see that the API server is well, then run the same command again");
    }
  }

  private Answer replace(Resource resource, Map<String, Object> object) {
    Answer there = get(resource.path());
    if (!there.ok()) {
      return there;
    }
    Map<String, Object> next = Data.merge(there.object(), object);
    next.remove("status");
    return put(resource.path(), next);
  }

  /** Returns the objects of a list. */
  public List<Map<String, Object>> list(String path) {
    Answer answer = get(path);
    if (!answer.ok()) {
      throw new BootstrapFailure(
          "cannot read " + path + ": " + answer.reason(), "see that the API server is well");
    }
    return Data.mapsAt(answer.object(), "items");
  }
}
