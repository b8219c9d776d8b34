package dev.ballast.certificates.users;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A kubeconfig for one user.
 *
 * @param clusterName the name of the cluster in it
 * @param server the URL of the API server
 * @param clientName the CN, and the name of the user
 */
public record UserKubeconfig(String clusterName, String server, String clientName) {

  /** With a bearer token. */
  public String withToken(String token, Layout layout) {
    return text(trusted(layout), new Credentials.Token(token));
  }

  /**
   * With a certificate that the cluster's CA signs now.
   *
   * @param organizations the groups of the user
   * @throws CertificatesFailure when the CA has expired or its key is not here
   */
  public String withCertificate(
      List<String> organizations,
      KeyAlgorithm algorithm,
      Instant start,
      Duration validity,
      Layout layout,
      SecureRandom random) {
    Path caFile = layout.certificate(Authority.CA);
    List<X509Certificate> bundle = trusted(layout);
    if (Files.notExists(layout.key(Authority.CA))) {
      throw new CertificatesFailure(
          layout.key(Authority.CA) + " is not here to sign with",
          "run it where the key of the cluster's CA is, or give the user a --token");
    }
    var key = PrivateKeys.read(layout.key(Authority.CA));
    X509Certificate signing =
        bundle.stream()
            .filter(c -> PrivateKeys.matches(key, c.getPublicKey()))
            .findFirst()
            .orElse(bundle.getFirst());
    var ca = new CertificateAuthority(signing, key, caFile.toString());
    Instant end = start.plus(validity);
    Instant caEnd = signing.getNotAfter().toInstant();
    if (!start.isBefore(caEnd)) {
      throw new CertificatesFailure(
          caFile + " expired on " + caEnd + ": nothing that it signs now is accepted by anybody",
          "renew the authority first: ballast certs recover");
    }
    KeyPair pair = algorithm.generate(random);
    X509Certificate made =
        ca.sign(
            new CertificateTemplate(
                DistinguishedName.of(clientName, organizations),
                List.of(),
                List.of(Purpose.CLIENT_AUTH),
                false,
                start.minus(ClusterCreation.BACKDATE),
                end.isAfter(caEnd) ? caEnd : end,
                List.of()),
            pair.getPublic(),
            random);
    return text(
        bundle,
        new Credentials.Certificate(
            Certificates.pem(made), PrivateKeys.pem(pair.getPrivate(), pair.getPublic())));
  }

  private static List<X509Certificate> trusted(Layout layout) {
    return Certificates.read(layout.certificate(Authority.CA));
  }

  private String text(List<X509Certificate> trusted, Credentials credentials) {
    return new NewKubeconfig(
            clusterName, server, Certificates.pem(trusted), clientName, credentials)
        .text();
  }
}
