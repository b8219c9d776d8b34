package dev.ballast.bootstrap.join;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** Pins of CAs: {@code sha256:} and the digest of the public key, in hexadecimal digits. */
public final class Pins {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-fA-F]{64}");

  private Pins() {}

  public static String of(X509Certificate ca) {
    try {
      return "sha256:"
          + HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256").digest(ca.getPublicKey().getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static boolean isPin(String text) {
    return FORM.matcher(text).matches();
  }

  /** Returns whether each CA is one of the pinned. */
  static boolean match(List<X509Certificate> authorities, List<String> pins) {
    return !authorities.isEmpty()
        && authorities.stream()
            .map(Pins::of)
            .allMatch(found -> pins.stream().anyMatch(found::equalsIgnoreCase));
  }
}
