package dev.ballast.pki;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * What a certificate shall say, before it has a key, a serial number and a signature.
 *
 * @param subject whose it is
 * @param names subject alternative names, in order
 * @param purposes OIDs of extended key usages, in order; see {@link Purpose}
 * @param authority whether it may sign others
 * @param notBefore first second of its validity
 * @param notAfter last second of its validity
 * @param others further extensions, kept as they are
 */
public record CertificateTemplate(
    DistinguishedName subject,
    List<AlternativeName> names,
    List<String> purposes,
    boolean authority,
    Instant notBefore,
    Instant notAfter,
    List<Extension> others) {

  public CertificateTemplate {
    names = List.copyOf(new LinkedHashSet<>(names));
    purposes = List.copyOf(new LinkedHashSet<>(purposes));
    others = List.copyOf(others);
    if (!notBefore.isBefore(notAfter)) {
      throw new IllegalArgumentException("notBefore=" + notBefore + " notAfter=" + notAfter);
    }
  }

  /** The same with another validity. */
  public CertificateTemplate valid(Instant from, Instant until) {
    return new CertificateTemplate(subject, names, purposes, authority, from, until, others);
  }

  /** The same with other names. */
  public CertificateTemplate named(List<AlternativeName> replaced) {
    return new CertificateTemplate(
        subject, replaced, purposes, authority, notBefore, notAfter, others);
  }
}
