package dev.ballast.certificates.peers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PrivateKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;

/**
 * A TLS server with kube-apiserver's flags that knows who asks only by a valid client certificate;
 * like a process that never reads its files again, it keeps what it had when it started.
 */
public final class ApiServerStandIn {
  private ApiServerStandIn() {}

  /** The command that starts it, for a manifest. */
  public static List<String> command(int port, Path pki) {
    return List.of(
        ProcessHandle.current().info().command().orElseThrow(),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        ApiServerStandIn.class.getName(),
        "--secure-port=" + port,
        "--tls-cert-file=" + pki.resolve("apiserver.crt"),
        "--tls-private-key-file=" + pki.resolve("apiserver.key"),
        "--client-ca-file=" + pki.resolve("ca.crt"));
  }

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    var flags = new HashMap<String, String>();
    for (var argument : args) {
      var equals = argument.indexOf('=');
      flags.put(argument.substring(2, equals), argument.substring(equals + 1));
    }
    var address =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), Integer.parseInt(flags.get("secure-port")));
    var server = HttpsServer.create(address, 16);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context(flags)) {
          @Override
          public void configure(HttpsParameters parameters) {
            var tls = getSSLContext().getDefaultSSLParameters();
            tls.setWantClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.createContext("/", ApiServerStandIn::answer);
    server.start();
  }

  private static SSLContext context(Map<String, String> flags)
      throws GeneralSecurityException, IOException {
    var none = new char[0];
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, none);
    var chain = Certificates.read(Path.of(flags.get("tls-cert-file")));
    keys.setKeyEntry(
        "serving",
        PrivateKeys.read(Path.of(flags.get("tls-private-key-file"))),
        none,
        chain.toArray(new X509Certificate[0]));
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, none);
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, none);
    int i = 0;
    for (var authority : Certificates.read(Path.of(flags.get("client-ca-file")))) {
      trusted.setCertificateEntry("ca-" + i++, authority);
    }
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    if (path.equals("/livez") || path.equals("/readyz")) {
      send(exchange, 200, "ok");
      return;
    }
    try {
      var who = ((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName();
      switch (path) {
        case "/version" ->
            send(exchange, 200, "{\"major\":\"1\",\"minor\":\"34\",\"gitVersion\":\"v1.34.0\"}");
        case "/whoami" -> send(exchange, 200, who);
        default -> send(exchange, 404, "{}");
      }
    } catch (SSLPeerUnverifiedException e) {
      send(exchange, 401, "{\"kind\":\"Status\",\"code\":401,\"reason\":\"Unauthorized\"}");
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
