package dev.ballast.pki;

import java.util.Arrays;

/** One extension of a certificate in its encoding. */
public final class Extension {
  static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
  static final String KEY_USAGE = "2.5.29.15";
  static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  static final String BASIC_CONSTRAINTS = "2.5.29.19";
  static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
  static final String EXTENDED_KEY_USAGE = "2.5.29.37";

  private final String oid;
  private final boolean critical;
  private final byte[] value;

  Extension(String oid, boolean critical, byte[] value) {
    this.oid = oid;
    this.critical = critical;
    this.value = value;
  }

  public String oid() {
    return oid;
  }

  public boolean critical() {
    return critical;
  }

  byte[] der() {
    byte[] octets = Der.octetString(value);
    return critical
        ? Der.sequence(Der.oid(oid), Der.trueValue(), octets)
        : Der.sequence(Der.oid(oid), octets);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Extension that
        && oid.equals(that.oid)
        && critical == that.critical
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return oid.hashCode() * 31 + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return oid + (critical ? " critical" : "") + " (" + value.length + " bytes)";
  }
}
