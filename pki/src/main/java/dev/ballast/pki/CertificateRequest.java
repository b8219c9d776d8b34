package dev.ballast.pki;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.List;

/** Requests to a certificate authority outside (PKCS#10, RFC 2986). */
public final class CertificateRequest {
  private static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

  private CertificateRequest() {}

  /** The request in PEM: the subject and the alternative names, as kubeadm's generate-csr asks. */
  public static String pem(
      DistinguishedName subject, List<AlternativeName> names, KeyPair keys, SecureRandom random) {
    byte[] attributes =
        names.isEmpty()
            ? Der.constructed(0)
            : Der.constructed(
                0,
                Der.sequence(
                    Der.oid(EXTENSION_REQUEST),
                    Der.set(
                        List.of(
                            Der.sequence(CertificateAuthority.alternativeNames(names).der())))));
    byte[] body =
        Der.sequence(Der.integer(0), subject.der(), keys.getPublic().getEncoded(), attributes);
    String algorithm = CertificateAuthority.signatureAlgorithm(keys.getPrivate());
    return Pem.encode(
        Pem.CERTIFICATE_REQUEST,
        CertificateAuthority.signed(body, keys.getPrivate(), algorithm, random));
  }
}
