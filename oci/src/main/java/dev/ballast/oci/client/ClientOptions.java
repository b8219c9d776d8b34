package dev.ballast.oci.client;

import dev.ballast.oci.http.Proxies;
import dev.ballast.pki.UnverifiedTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * How a client reaches registries.
 *
 * @param authorities files of certificates that are trusted beside the JDK's
 * @param verifiesTls false as {@code --tls-verify=false}: any certificate will do, and no TLS too
 * @param attempts how often something is tried, the first time included
 * @param parallel how many blobs go at once
 */
public record ClientOptions(
    Credentials.Source credentials,
    List<Path> authorities,
    boolean verifiesTls,
    Proxies proxies,
    Duration connectTimeout,
    Duration patience,
    int attempts,
    int parallel,
    Pause pause) {
  /** Waits; tests count instead. */
  public interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  public ClientOptions {
    authorities = List.copyOf(authorities);
  }

  /** Returns what most want: anonymous, verified, proxies of the environment. */
  public static ClientOptions standard() {
    return new ClientOptions(
        Credentials.Source.NONE,
        List.of(),
        true,
        Proxies.of(System.getenv()),
        Duration.ofSeconds(15),
        Duration.ofSeconds(60),
        5,
        6,
        Thread::sleep);
  }

  public ClientOptions withCredentials(Credentials.Source other) {
    return new ClientOptions(
        other,
        authorities,
        verifiesTls,
        proxies,
        connectTimeout,
        patience,
        attempts,
        parallel,
        pause);
  }

  public ClientOptions withAuthorities(List<Path> other) {
    return new ClientOptions(
        credentials,
        other,
        verifiesTls,
        proxies,
        connectTimeout,
        patience,
        attempts,
        parallel,
        pause);
  }

  public ClientOptions withVerifiesTls(boolean other) {
    return new ClientOptions(
        credentials,
        authorities,
        other,
        proxies,
        connectTimeout,
        patience,
        attempts,
        parallel,
        pause);
  }

  public ClientOptions withProxies(Proxies other) {
    return new ClientOptions(
        credentials,
        authorities,
        verifiesTls,
        other,
        connectTimeout,
        patience,
        attempts,
        parallel,
        pause);
  }

  public ClientOptions withPatience(Duration other) {
    return new ClientOptions(
        credentials,
        authorities,
        verifiesTls,
        proxies,
        connectTimeout,
        other,
        attempts,
        parallel,
        pause);
  }

  public ClientOptions withAttempts(int other) {
    return new ClientOptions(
        credentials,
        authorities,
        verifiesTls,
        proxies,
        connectTimeout,
        patience,
        other,
        parallel,
        pause);
  }

  public ClientOptions withPause(Pause other) {
    return new ClientOptions(
        credentials,
        authorities,
        verifiesTls,
        proxies,
        connectTimeout,
        patience,
        attempts,
        parallel,
        other);
  }

  SSLContext tls() throws IOException {
    try {
      if (!verifiesTls) {
        return UnverifiedTls.context();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, authorities.isEmpty() ? null : new TrustManager[] {trust()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot set up TLS: " + e.getMessage(), e);
    }
  }

  private X509TrustManager trust() throws IOException, GeneralSecurityException {
    List<Certificate> certificates = new ArrayList<>();
    for (Path file : authorities) {
      try (InputStream in = Files.newInputStream(file)) {
        Collection<? extends Certificate> read =
            CertificateFactory.getInstance("X.509").generateCertificates(in);
        certificates.addAll(read);
      }
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < certificates.size(); i++) {
      store.setCertificateEntry("given-" + i, certificates.get(i));
    }
    int known = 0;
    for (X509Certificate each : managed(null).getAcceptedIssuers()) {
      store.setCertificateEntry("jdk-" + known++, each);
    }
    return managed(store);
  }

  private static X509TrustManager managed(@org.jspecify.annotations.Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new IllegalStateException("every JDK trusts by X.509");
  }
}
