package dev.ballast.pki;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Signs certificates. The files, serial numbers and extensions are those that kubeadm makes. */
public final class CertificateAuthority {
  /** digitalSignature, keyEncipherment, keyCertSign. */
  private static final int AUTHORITY_USAGE = 0b1010_0100;

  /** digitalSignature, keyEncipherment; kubeadm sets both for ECDSA too. */
  private static final int LEAF_USAGE = 0b1010_0000;

  private static final BigInteger SERIALS = BigInteger.valueOf(Long.MAX_VALUE - 1);

  private final X509Certificate certificate;
  private final PrivateKey key;

  /**
   * @throws PkiFailure when the certificate is not one of an authority, or the key is not its key
   */
  public CertificateAuthority(X509Certificate certificate, PrivateKey key, String source) {
    if (!Certificates.isAuthority(certificate)) {
      throw new PkiFailure(
          source + " is not a certificate authority",
          "put the CA certificate of the cluster there");
    }
    if (!PrivateKeys.matches(key, certificate.getPublicKey())) {
      throw new PkiFailure(
          source + ": the CA key is not the key of the CA certificate",
          "bring both files back from the same backup or node");
    }
    this.certificate = certificate;
    this.key = key;
  }

  private CertificateAuthority(X509Certificate certificate, PrivateKey key) {
    this.certificate = certificate;
    this.key = key;
  }

  /** A new authority that signs itself. */
  public static CertificateAuthority create(
      CertificateTemplate template, KeyPair keys, SecureRandom random) {
    return new CertificateAuthority(
        selfSigned(template, keys, keyIdentifier(keys.getPublic()), random), keys.getPrivate());
  }

  /**
   * The same authority with a new validity: same key, same subject, same key identifier, so that
   * everything it signed stays valid.
   */
  public CertificateAuthority renewed(Instant notBefore, Instant notAfter, SecureRandom random) {
    var template = Certificates.template(certificate).valid(notBefore, notAfter);
    byte[] identifier =
        Certificates.subjectKeyIdentifier(certificate)
            .orElseGet(() -> keyIdentifier(certificate.getPublicKey()));
    return new CertificateAuthority(
        selfSigned(template, new KeyPair(certificate.getPublicKey(), key), identifier, random),
        key);
  }

  /** A leaf, or an intermediate authority, for this public key. */
  public X509Certificate sign(
      CertificateTemplate template, PublicKey publicKey, SecureRandom random) {
    return certificate(
        template,
        publicKey,
        key,
        certificate.getSubjectX500Principal().getEncoded(),
        template.authority() ? Optional.of(keyIdentifier(publicKey)) : Optional.empty(),
        Certificates.subjectKeyIdentifier(certificate),
        random);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public PrivateKey key() {
    return key;
  }

  private static X509Certificate selfSigned(
      CertificateTemplate template, KeyPair keys, byte[] identifier, SecureRandom random) {
    return certificate(
        template,
        keys.getPublic(),
        keys.getPrivate(),
        template.subject().der(),
        Optional.of(identifier),
        Optional.empty(),
        random);
  }

  private static X509Certificate certificate(
      CertificateTemplate template,
      PublicKey publicKey,
      PrivateKey signer,
      byte[] issuer,
      Optional<byte[]> subjectKeyIdentifier,
      Optional<byte[]> authorityKeyIdentifier,
      SecureRandom random) {
    var extensions = new ArrayList<byte[]>();
    extensions(template, subjectKeyIdentifier, authorityKeyIdentifier)
        .forEach(extension -> extensions.add(extension.der()));
    String algorithm = signatureAlgorithm(signer);
    byte[] toBeSigned =
        Der.sequence(
            Der.constructed(0, Der.integer(2)),
            Der.integer(serial(random)),
            algorithmIdentifier(algorithm),
            issuer,
            Der.sequence(Der.time(template.notBefore()), Der.time(template.notAfter())),
            template.subject().der(),
            publicKey.getEncoded(),
            Der.constructed(3, Der.sequence(extensions)));
    try {
      return Certificates.decode(signed(toBeSigned, signer, algorithm, random));
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate of our own is not readable", e);
    }
  }

  private static List<Extension> extensions(
      CertificateTemplate template,
      Optional<byte[]> subjectKeyIdentifier,
      Optional<byte[]> authorityKeyIdentifier) {
    var extensions = new ArrayList<Extension>();
    extensions.add(
        new Extension(
            Extension.KEY_USAGE,
            true,
            Der.namedBits(template.authority() ? AUTHORITY_USAGE : LEAF_USAGE)));
    if (!template.purposes().isEmpty()) {
      extensions.add(
          new Extension(
              Extension.EXTENDED_KEY_USAGE,
              false,
              Der.sequence(template.purposes().stream().map(Der::oid).toList())));
    }
    extensions.add(
        new Extension(
            Extension.BASIC_CONSTRAINTS,
            true,
            template.authority() ? Der.sequence(Der.trueValue()) : Der.sequence()));
    subjectKeyIdentifier.ifPresent(id ->
        extensions.add(
            new Extension(Extension.SUBJECT_KEY_IDENTIFIER, false, Der.octetString(id))));
    authorityKeyIdentifier.ifPresent(id ->
        extensions.add(
            new Extension(
                Extension.AUTHORITY_KEY_IDENTIFIER, false, Der.sequence(Der.primitive(0, id)))));
    if (!template.names().isEmpty()) {
      extensions.add(alternativeNames(template.names()));
    }
    extensions.addAll(template.others());
    return extensions;
  }

  static Extension alternativeNames(List<AlternativeName> names) {
    return new Extension(
        Extension.SUBJECT_ALTERNATIVE_NAME,
        false,
        Der.sequence(names.stream().map(AlternativeName::der).toList()));
  }

  /** Uniform in [1, 2^63-1), as kubeadm draws them. */
  private static BigInteger serial(SecureRandom random) {
    BigInteger drawn = new BigInteger(63, random);
    while (drawn.compareTo(SERIALS) >= 0) {
      drawn = new BigInteger(63, random);
    }
    return drawn.add(BigInteger.ONE);
  }

  /** RFC 7093 section 2, method 1: the leftmost 160 bits of SHA-256 over the key's bits. */
  private static byte[] keyIdentifier(PublicKey key) {
    DerReader info = new DerReader(key.getEncoded()).enter(Der.SEQUENCE);
    info.next();
    byte[] bits = info.contents(Der.BIT_STRING);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(bits, 1, bits.length));
      return Arrays.copyOf(digest, 20);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static String signatureAlgorithm(PrivateKey key) {
    return switch (key) {
      case RSAKey _ -> "SHA256withRSA";
      case ECKey ec -> {
        int bits = ec.getParams().getOrder().bitLength();
        yield bits <= 256 ? "SHA256withECDSA" : bits <= 384 ? "SHA384withECDSA" : "SHA512withECDSA";
      }
      default -> throw new IllegalArgumentException("key=" + key.getAlgorithm());
    };
  }

  private static byte[] algorithmIdentifier(String algorithm) {
    return switch (algorithm) {
      case "SHA256withRSA" -> Der.sequence(Der.oid("1.2.840.113549.1.1.11"), Der.nullValue());
      case "SHA256withECDSA" -> Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
      case "SHA384withECDSA" -> Der.sequence(Der.oid("1.2.840.10045.4.3.3"));
      case "SHA512withECDSA" -> Der.sequence(Der.oid("1.2.840.10045.4.3.4"));
      default -> throw new IllegalArgumentException("algorithm=" + algorithm);
    };
  }

  /** The body, how it is signed, and the signature: the shape of certificates and requests. */
  static byte[] signed(byte[] body, PrivateKey signer, String algorithm, SecureRandom random) {
    try {
      var signature = Signature.getInstance(algorithm);
      signature.initSign(signer, random);
      signature.update(body);
      return Der.sequence(body, algorithmIdentifier(algorithm), Der.bitString(signature.sign()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a " + algorithm + " signature failed", e);
    }
  }
}
