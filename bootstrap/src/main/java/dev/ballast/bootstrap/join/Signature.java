package dev.ballast.bootstrap.join;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of the cluster's public kubeconfig: a JWS of RFC 7515 with a detached payload, by
 * HMAC-SHA256 with the secret part of a bootstrap token.
 */
final class Signature {
  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  private Signature() {}

  /** Returns whether a signature is that of a text by a token. */
  static boolean verifies(String jws, String text, String tokenId, String tokenSecret) {
    String[] parts = jws.split("\\.", -1);
    if (parts.length != 3 || !parts[1].isEmpty()) {
      return false;
    }
    try {
      String header = new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8);
      // The algorithm is never taken from what was received.
      if (!header.contains("\"HS256\"") || !header.contains("\"" + tokenId + "\"")) {
        return false;
      }
      return MessageDigest.isEqual(
          sign(parts[0], text, tokenSecret), Base64.getUrlDecoder().decode(parts[2]));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static byte[] sign(String header, String text, String secret) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      String payload = URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal((header + "." + payload).getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
