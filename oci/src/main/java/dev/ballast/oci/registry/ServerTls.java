package dev.ballast.oci.registry;

import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PrivateKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The certificate of a server, read again when its files change, so that a renewed one is served
 * without a restart. Threads: any.
 */
public final class ServerTls implements Supplier<SSLContext> {
  private static final System.Logger LOG = System.getLogger(ServerTls.class.getName());

  private final Path certificate;
  private final Path key;
  private volatile Loaded loaded;

  private record Loaded(SSLContext context, long certificateTime, long keyTime) {}

  private ServerTls(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.loaded = load();
  }

  /** Reads PEM files: the certificate with its chain, and its key. */
  public static ServerTls of(Path certificate, Path key) throws IOException {
    return new ServerTls(certificate, key);
  }

  private Loaded load() throws IOException {
    long certificateTime = Files.getLastModifiedTime(certificate).toMillis();
    long keyTime = Files.getLastModifiedTime(key).toMillis();
    List<X509Certificate> chain = Certificates.read(certificate);
    PrivateKey privateKey = PrivateKeys.read(key);
    if (!PrivateKeys.matches(privateKey, chain.getFirst().getPublicKey())) {
      throw new IOException(key + " is not the key of " + certificate);
    }
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry("server", privateKey, new char[0], chain.toArray(Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(factory.getKeyManagers(), null, null);
      return new Loaded(context, certificateTime, keyTime);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot serve with " + certificate + ": " + e.getMessage(), e);
    }
  }

  @Override
  public SSLContext get() {
    Loaded now = loaded;
    try {
      if (Files.getLastModifiedTime(certificate).toMillis() != now.certificateTime
          || Files.getLastModifiedTime(key).toMillis() != now.keyTime) {
        now = load();
        loaded = now;
      }
    } catch (IOException | PkiFailure e) {
      // Replaced one after the other: until both fit, the last pair that did is served.
      LOG.log(
          System.Logger.Level.DEBUG, "the certificate of before is served: {0}", e.getMessage());
    }
    return now.context;
  }
}
