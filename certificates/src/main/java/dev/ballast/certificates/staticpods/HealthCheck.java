package dev.ballast.certificates.staticpods;

import dev.ballast.pki.UnverifiedTls;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;

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
        tls.setSSLSocketFactory(UnverifiedTls.context().getSocketFactory());
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
}
