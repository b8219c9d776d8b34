package dev.ballast.certificates.staticpods;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Asks a health endpoint as the kubelet does: by GET, without credentials, and without judging the
 * certificate, which the live probe does.
 */
public final class HealthCheck {
  private static final int MAX_BODY = 4096;

  private final Duration timeout;

  public HealthCheck(Duration timeout) {
    this.timeout = timeout;
  }

  /** Empty when it is well, or else what it said. */
  public Optional<String> complaint(HealthEndpoint endpoint) {
    HttpURLConnection connection = null;
    try {
      connection = (HttpURLConnection) endpoint.uri().toURL().openConnection();
      if (connection instanceof HttpsURLConnection tls) {
        tls.setSSLSocketFactory(unjudging().getSocketFactory());
        tls.setHostnameVerifier((_, _) -> true);
      }
      int millis = (int) timeout.toMillis();
      connection.setConnectTimeout(millis);
      connection.setReadTimeout(millis);
      connection.setInstanceFollowRedirects(false);
      connection.setRequestProperty("Connection", "close");
      var status = connection.getResponseCode();
      return status == 200
          ? Optional.empty()
          : Optional.of(endpoint + " answered " + status + body(connection));
    } catch (IOException | GeneralSecurityException e) {
      return Optional.of(endpoint + ": " + e.getMessage());
    } finally {
      if (connection != null) {
        connection.disconnect();
      }
    }
  }

  private static String body(HttpURLConnection connection) throws IOException {
    try (var stream = connection.getErrorStream()) {
      if (stream == null) {
        return "";
      }
      var text = new String(stream.readNBytes(MAX_BODY), StandardCharsets.UTF_8);
      return ": " + text.strip().lines().limit(3).reduce("", (a, b) -> a + " " + b).strip();
    }
  }

  private static SSLContext unjudging() throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Unjudging()}, null);
    return context;
  }

  private static final class Unjudging extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
