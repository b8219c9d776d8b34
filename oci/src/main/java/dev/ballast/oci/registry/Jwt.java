package dev.ballast.oci.registry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Signs and verifies JSON web tokens, by keys whose algorithm is ours to choose. */
final class Jwt {
  private static final int LONGEST = 16 << 10;

  private Jwt() {}

  private static String name(java.security.Key key) {
    return key.getAlgorithm().equals("RSA") ? "RS256" : "ES256";
  }

  private static Signature signature(java.security.Key key) throws GeneralSecurityException {
    return Signature.getInstance(
        key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSAinP1363Format");
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String sign(ObjectNode claims, PrivateKey key, List<X509Certificate> chain) {
    try {
      ObjectNode header = Json.object().put("alg", name(key)).put("typ", "JWT");
      if (!chain.isEmpty()) {
        ArrayNode x5c = header.putArray("x5c");
        for (X509Certificate each : chain) {
          x5c.add(Base64.getEncoder().encodeToString(each.getEncoded()));
        }
      }
      String signed = encoded(Json.bytes(header)) + "." + encoded(Json.bytes(claims));
      Signature signature = signature(key);
      signature.initSign(key);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encoded(signature.sign());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot sign with the key of the token service", e);
    }
  }

  /** Returns the claims of a token that one of the keys has signed; empty for any other text. */
  static Optional<ObjectNode> verify(String token, List<PublicKey> keys) {
    String[] parts = token.split("\\.", -1);
    if (token.length() > LONGEST || parts.length != 3) {
      return Optional.empty();
    }
    try {
      Base64.Decoder decoder = Base64.getUrlDecoder();
      String algorithm = Json.read(decoder.decode(parts[0])).path("alg").asText();
      byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      byte[] signature = decoder.decode(parts[2]);
      for (PublicKey key : keys) {
        if (name(key).equals(algorithm) && isSigned(signed, signature, key)) {
          return Optional.of(Json.read(decoder.decode(parts[1])));
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // No token.
    }
    return Optional.empty();
  }

  private static boolean isSigned(byte[] signed, byte[] bytes, PublicKey key) {
    try {
      Signature signature = signature(key);
      signature.initVerify(key);
      signature.update(signed);
      return signature.verify(bytes);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
