package dev.ballast.certificates.report;

import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;

/**
 * The public half that an ECDSA key file carries at its end (RFC 5915 section 3). Comparing it is a
 * thousand times cheaper than a signature, which counts over thousands of nodes.
 */
final class StatedPublicKey {
  private StatedPublicKey() {}

  /** Whether the key says that this is its public half; false when it says nothing. */
  static boolean saysSo(PrivateKey key, PublicKey half) {
    if (!(key instanceof ECPrivateKey ec)) {
      return false;
    }
    var encoded = key.getEncoded();
    var spki = half.getEncoded();
    // An uncompressed point: 04, X and Y, at the end of both encodings.
    int point = 1 + 2 * ((ec.getParams().getOrder().bitLength() + 7) / 8);
    return encoded != null
        && encoded.length > point
        && spki.length > point
        && Arrays.equals(
            encoded,
            encoded.length - point,
            encoded.length,
            spki,
            spki.length - point,
            spki.length);
  }
}
