package dev.ballast.mesh.envoy;

import dev.ballast.xds.EncodedResource;
import dev.ballast.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.util.Optional;

/** Secrets that are files of the proxy's machine: only their names are sent. */
final class Secrets {
  private static final String CERTIFICATE = "file-cert:";
  private static final String ROOT = "file-root:";
  private static final String SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

  private Secrets() {}

  static Optional<EncodedResource> of(String name) {
    Secret.Builder secret = Secret.newBuilder().setName(name);
    if (name.startsWith(ROOT)) {
      String file = name.substring(ROOT.length());
      secret.setValidationContext(
          CertificateValidationContext.newBuilder()
              .setTrustedCa(file(file.equals("system") ? SYSTEM_ROOTS : file)));
    } else if (name.startsWith(CERTIFICATE) && name.indexOf('~') > 0) {
      int middle = name.indexOf('~');
      secret.setTlsCertificate(
          TlsCertificate.newBuilder()
              .setCertificateChain(file(name.substring(CERTIFICATE.length(), middle)))
              .setPrivateKey(file(name.substring(middle + 1))));
    } else {
      return Optional.empty();
    }
    return Optional.of(EncodedResource.of(ResourceType.SECRET, name, secret.build()));
  }

  private static DataSource file(String path) {
    return DataSource.newBuilder().setFilename(path).build();
  }
}
