package dev.ballast.pki;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and writes private keys in PEM: PKCS#1 and SEC1 as kubeadm writes them, and PKCS#8. */
public final class PrivateKeys {
  static final String RSA_OID = "1.2.840.113549.1.1.1";
  static final String EC_OID = "1.2.840.10045.2.1";
  private static final String RSA_LABEL = "RSA PRIVATE KEY";
  private static final String EC_LABEL = "EC PRIVATE KEY";
  private static final String PKCS8_LABEL = "PRIVATE KEY";
  private static final byte[] PROBE =
      "does this key belong to that certificate".getBytes(StandardCharsets.US_ASCII);

  private PrivateKeys() {}

  /**
   * The first private key in a file.
   *
   * @throws PkiFailure when the file cannot be read or holds no RSA or ECDSA key
   */
  public static PrivateKey read(Path file) {
    return parse(PkiFiles.read(file), file.toString());
  }

  /**
   * The first private key in a text.
   *
   * @param source what the text is, for messages
   * @throws PkiFailure when the text holds no RSA or ECDSA key
   */
  public static PrivateKey parse(byte[] text, String source) {
    var seen = new ArrayList<String>();
    for (Pem.Block block : Pem.parse(text, source)) {
      seen.add(block.label());
      switch (block.label()) {
        case RSA_LABEL -> {
          return pkcs8(wrapRsa(block.der()), source);
        }
        case EC_LABEL -> {
          return pkcs8(wrapEc(block.der(), source), source);
        }
        case PKCS8_LABEL -> {
          return pkcs8(block.der(), source);
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new PkiFailure(
                source + ": the private key is encrypted",
                "decrypt it with openssl pkey, since the control plane cannot use it either");
        default -> {
          if (block.label().endsWith(PKCS8_LABEL)) {
            // Of DSA or OpenSSH.
            throw neither(source);
          }
          // EC PARAMETERS before a key, or a certificate in the same file.
        }
      }
    }
    throw new PkiFailure(
        source
            + " holds no private key"
            + (seen.isEmpty() ? "" : ", only " + String.join(", ", seen)),
        "bring the file back from a backup or from another node");
  }

  private static PrivateKey pkcs8(byte[] der, String source) {
    try {
      for (String algorithm : List.of("RSA", "EC")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException e) {
          // Not of this algorithm.
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK reads RSA and EC keys", e);
    }
    throw neither(source);
  }

  private static PkiFailure neither(String source) {
    return new PkiFailure(
        "the private key file " + source + " is neither in RSA nor ECDSA format",
        "replace it by an RSA or ECDSA key; Kubernetes components read no other");
  }

  private static byte[] wrapRsa(byte[] pkcs1) {
    return Der.sequence(
        Der.integer(0), Der.sequence(Der.oid(RSA_OID), Der.nullValue()), Der.octetString(pkcs1));
  }

  /** RFC 5915: the curve is in [0] of the SEC1 structure; PKCS#8 wants it in its algorithm. */
  private static byte[] wrapEc(byte[] sec1, String source) {
    try {
      DerReader key = new DerReader(sec1).enter(Der.SEQUENCE);
      key.next();
      key.next();
      byte[] curve = key.enter(0xa0).next();
      return Der.sequence(
          Der.integer(0), Der.sequence(Der.oid(EC_OID), curve), Der.octetString(sec1));
    } catch (IllegalArgumentException e) {
      throw new PkiFailure(
          source + ": the EC private key is not readable: " + e.getMessage(),
          "bring the file back from a backup or from another node",
          e);
    }
  }

  /** PEM as kubeadm writes it: PKCS#1 for RSA, SEC1 for ECDSA. */
  public static String pem(PrivateKey key, PublicKey publicKey) {
    return switch (key) {
      case RSAPrivateKey rsa -> Pem.encode(RSA_LABEL, innerKey(rsa));
      case ECPrivateKey ec when publicKey instanceof ECPublicKey ecPublic ->
          Pem.encode(EC_LABEL, sec1(ec, ecPublic));
      default -> throw new IllegalArgumentException("key=" + key.getAlgorithm());
    };
  }

  private static byte[] innerKey(PrivateKey key) {
    DerReader info = new DerReader(key.getEncoded()).enter(Der.SEQUENCE);
    info.next();
    info.next();
    return info.contents(Der.OCTET_STRING);
  }

  private static byte[] sec1(ECPrivateKey key, ECPublicKey publicKey) {
    DerReader info = new DerReader(publicKey.getEncoded()).enter(Der.SEQUENCE);
    DerReader algorithm = info.enter(Der.SEQUENCE);
    algorithm.next();
    byte[] curve = algorithm.next();
    byte[] point = info.next();
    int size = (key.getParams().getOrder().bitLength() + 7) / 8;
    return Der.sequence(
        Der.integer(1),
        Der.octetString(fixed(key.getS(), size)),
        Der.constructed(0, curve),
        Der.constructed(1, point));
  }

  private static byte[] fixed(BigInteger number, int size) {
    byte[] raw = number.toByteArray();
    byte[] out = new byte[size];
    int from = Math.max(0, raw.length - size);
    System.arraycopy(raw, from, out, size - (raw.length - from), raw.length - from);
    return out;
  }

  /** PEM of a public key (PKIX), as {@code sa.pub} holds it. */
  public static String publicPem(PublicKey key) {
    return Pem.encode(Pem.PUBLIC_KEY, key.getEncoded());
  }

  /**
   * The first public key in a text.
   *
   * @throws PkiFailure when there is none
   */
  public static PublicKey parsePublic(byte[] text, String source) {
    for (Pem.Block block : Pem.parse(text, source)) {
      if (block.label().equals(Pem.PUBLIC_KEY)) {
        try {
          for (String algorithm : List.of("RSA", "EC")) {
            try {
              return KeyFactory.getInstance(algorithm)
                  .generatePublic(new X509EncodedKeySpec(block.der()));
            } catch (InvalidKeySpecException e) {
              // Not of this algorithm.
            }
          }
        } catch (GeneralSecurityException e) {
          throw new IllegalStateException("every JDK reads RSA and EC keys", e);
        }
      }
    }
    throw new PkiFailure(
        source + " holds no RSA or ECDSA public key",
        "make it again from the private key with openssl pkey -pubout");
  }

  /** Whether the two halves belong together. */
  public static boolean matches(PrivateKey key, PublicKey publicKey) {
    if (key instanceof RSAPrivateKey rsa && publicKey instanceof RSAPublicKey rsaPublic) {
      return rsa.getModulus().equals(rsaPublic.getModulus());
    }
    if (key instanceof ECPrivateKey && publicKey instanceof ECPublicKey) {
      try {
        var signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(PROBE);
        byte[] signature = signer.sign();
        signer.initVerify(publicKey);
        signer.update(PROBE);
        return signer.verify(signature);
      } catch (GeneralSecurityException e) {
        // The curves differ.
        return false;
      }
    }
    return false;
  }

  /**
   * The public half of a private key, where the private one tells it: always for RSA as kubeadm
   * writes it.
   */
  public static Optional<PublicKey> publicOf(PrivateKey key) {
    if (!(key instanceof RSAPrivateCrtKey rsa)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent())));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK reads RSA keys", e);
    }
  }
}
