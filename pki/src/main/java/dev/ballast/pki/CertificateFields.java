package dev.ballast.pki;

import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What the building of chains asks of a certificate, read strictly.
 *
 * @param keyUsage the bits of the extension, bit 0 lowest; empty without it
 * @param basicConstraints whether the extension is there
 * @param pathLength how many authorities may stand below it
 * @param alternativeNames the encoding of the extension, to compare
 * @param purposes OIDs; none means every purpose
 * @param unknownCritical OIDs of critical extensions that nobody here reads
 */
record CertificateFields(
    X509Certificate certificate,
    int version,
    byte[] issuer,
    byte[] subject,
    byte[] publicKeyInfo,
    OptionalInt keyUsage,
    boolean basicConstraints,
    boolean authority,
    OptionalInt pathLength,
    Optional<byte[]> alternativeNames,
    List<AlternativeName> names,
    Optional<NameConstraints> constraints,
    List<String> purposes,
    byte[] subjectKeyIdentifier,
    byte[] authorityKeyIdentifier,
    PolicyFields policies,
    List<String> unknownCritical) {

  /** The extensions that are read; a critical one that is not among them ends a chain. */
  static final Set<String> READ =
      Set.of(
          "2.5.29.14",
          "2.5.29.15",
          "2.5.29.17",
          "2.5.29.19",
          "2.5.29.30",
          "2.5.29.31",
          "2.5.29.32",
          "2.5.29.33",
          "2.5.29.35",
          "2.5.29.36",
          "2.5.29.37",
          "2.5.29.54");

  /** keyCertSign. */
  private static final int SIGNS_CERTIFICATES = 1 << 5;

  /**
   * What a certificate says of policies (RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14).
   */
  record PolicyFields(
      List<String> policies,
      List<Mapping> mappings,
      OptionalInt requireExplicit,
      OptionalInt inhibitMapping,
      OptionalInt inhibitAny) {
    static final PolicyFields NONE =
        new PolicyFields(
            List.of(), List.of(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    record Mapping(String issuer, String subject) {}
  }

  boolean maySign() {
    return keyUsage.isEmpty()
        || keyUsage.getAsInt() == 0
        || (keyUsage.getAsInt() & SIGNS_CERTIFICATES) != 0;
  }

  boolean isSelfIssued() {
    return Arrays.equals(issuer, subject);
  }

  /** RFC 4158 section 5.2: the same authority again, under whatever certificate. */
  boolean isSameEntity(CertificateFields other) {
    return Arrays.equals(subject, other.subject)
        && Arrays.equals(publicKeyInfo, other.publicKeyInfo)
        && Arrays.equals(
            alternativeNames.orElse(new byte[0]), other.alternativeNames.orElse(new byte[0]));
  }

  String name() {
    return certificate.getSubjectX500Principal().getName();
  }
}
