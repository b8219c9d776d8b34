package dev.ballast.pki;

import java.util.Map;

/** Extended key usages (RFC 5280 section 4.2.1.12). */
public final class Purpose {
  public static final String ANY = "2.5.29.37.0";
  public static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  public static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private static final Map<String, String> WORDS =
      Map.of(
          ANY,
          "any",
          SERVER_AUTH,
          "serverAuth",
          CLIENT_AUTH,
          "clientAuth",
          "1.3.6.1.5.5.7.3.3",
          "codeSigning",
          "1.3.6.1.5.5.7.3.4",
          "emailProtection",
          "1.3.6.1.5.5.7.3.8",
          "timeStamping",
          "1.3.6.1.5.5.7.3.9",
          "OCSPSigning");

  private Purpose() {}

  /** The word for a purpose, or its OID. */
  public static String word(String oid) {
    return WORDS.getOrDefault(oid, oid);
  }
}
