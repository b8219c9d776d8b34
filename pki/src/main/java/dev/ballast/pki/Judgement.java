package dev.ballast.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether a certificate can be used, and every reason why not. Pure: the time is a parameter.
 *
 * @param reasons what is wrong, worst first; empty when nothing is
 */
public record Judgement(List<Reason> reasons) {

  /** One thing that is wrong with a certificate. */
  public sealed interface Reason {
    /** Its NotAfter has passed. */
    record Expired(Instant notAfter) implements Reason {}

    /** Its NotBefore has not come: the clock is wrong, or the one of the machine that signed it. */
    record NotYetValid(Instant notBefore) implements Reason {}

    /** None of the authorities signed it. */
    record WrongIssuer(String issuer) implements Reason {}

    /** The authority that signed it has expired. */
    record IssuerExpired(String issuer, Instant notAfter) implements Reason {}

    /** It is valid longer than the authority that signed it. */
    record OutlivesIssuer(Instant notAfter, Instant issuerNotAfter) implements Reason {}

    /** It may not be used for this. */
    record LacksPurpose(String purpose) implements Reason {}

    /** It should be an authority and is not, or the other way round. */
    record WrongKind(boolean authority) implements Reason {}

    /** Signed with a hash that is broken. */
    record WeakSignature(String algorithm) implements Reason {}
  }

  public Judgement {
    reasons = List.copyOf(reasons);
  }

  public boolean sound() {
    return reasons.isEmpty();
  }

  /**
   * Judges a leaf.
   *
   * @param authorities one of them must have signed it
   * @param purposes it must allow all of these
   */
  public static Judgement ofLeaf(
      X509Certificate leaf,
      Collection<X509Certificate> authorities,
      Collection<String> purposes,
      Instant now) {
    var reasons = new ArrayList<Reason>(validity(leaf, now));
    signer(leaf, authorities)
        .ifPresentOrElse(
            issuer -> reasons.addAll(againstIssuer(leaf, issuer, now)),
            () -> reasons.add(new Reason.WrongIssuer(leaf.getIssuerX500Principal().getName())));
    List<String> allowed = Certificates.purposes(leaf);
    if (!allowed.isEmpty() && !allowed.contains(Purpose.ANY)) {
      purposes.stream()
          .filter(purpose -> !allowed.contains(purpose))
          .forEach(purpose -> reasons.add(new Reason.LacksPurpose(Purpose.word(purpose))));
    }
    weakness(leaf).ifPresent(reasons::add);
    return new Judgement(reasons);
  }

  /** Judges an authority by itself. */
  public static Judgement ofAuthority(X509Certificate authority, Instant now) {
    var reasons = new ArrayList<Reason>(validity(authority, now));
    if (!Certificates.isAuthority(authority)) {
      reasons.add(new Reason.WrongKind(true));
    }
    return new Judgement(reasons);
  }

  private static List<Reason> validity(X509Certificate certificate, Instant now) {
    Instant notBefore = certificate.getNotBefore().toInstant();
    Instant notAfter = certificate.getNotAfter().toInstant();
    if (now.isAfter(notAfter)) {
      return List.of(new Reason.Expired(notAfter));
    }
    return now.isBefore(notBefore) ? List.of(new Reason.NotYetValid(notBefore)) : List.of();
  }

  private static List<Reason> againstIssuer(
      X509Certificate leaf, X509Certificate issuer, Instant now) {
    Instant issuerNotAfter = issuer.getNotAfter().toInstant();
    var reasons = new ArrayList<Reason>();
    if (now.isAfter(issuerNotAfter)) {
      reasons.add(
          new Reason.IssuerExpired(issuer.getSubjectX500Principal().getName(), issuerNotAfter));
    }
    if (leaf.getNotAfter().toInstant().isAfter(issuerNotAfter)) {
      reasons.add(new Reason.OutlivesIssuer(leaf.getNotAfter().toInstant(), issuerNotAfter));
    }
    return reasons;
  }

  private static Optional<Reason> weakness(X509Certificate certificate) {
    String algorithm = certificate.getSigAlgName();
    return algorithm.startsWith("SHA1") || algorithm.startsWith("MD")
        ? Optional.of(new Reason.WeakSignature(algorithm))
        : Optional.empty();
  }

  /**
   * The authority that signed a certificate; the one that lives longest when several have the key.
   */
  public static Optional<X509Certificate> signer(
      X509Certificate leaf, Collection<X509Certificate> authorities) {
    return authorities.stream()
        .filter(authority -> isSignedBy(leaf, authority))
        .max(Comparator.comparing(X509Certificate::getNotAfter));
  }

  /** Whether the names and the signature say that this authority signed it. */
  public static boolean isSignedBy(X509Certificate leaf, X509Certificate authority) {
    if (!leaf.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
        || !Certificates.isAuthority(authority)) {
      return false;
    }
    try {
      leaf.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
