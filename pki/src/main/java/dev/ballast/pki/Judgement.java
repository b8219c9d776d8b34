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

    /** The chain to the authority is refused; the text says which certificate and why. */
    record ChainRefused(String text) implements Reason {}

    /** Signed with a hash that is broken. */
    record WeakSignature(String algorithm) implements Reason {}
  }

  public Judgement {
    reasons = List.copyOf(reasons);
  }

  public boolean sound() {
    return reasons.isEmpty();
  }

  /** As with intermediates, without any. */
  public static Judgement ofLeaf(
      X509Certificate leaf,
      Collection<X509Certificate> authorities,
      Collection<String> purposes,
      Instant now) {
    return ofLeaf(leaf, List.of(), authorities, purposes, now);
  }

  /**
   * Judges a leaf.
   *
   * @param intermediates what stands beside it in its file
   * @param authorities a chain must lead from it to one of them
   * @param purposes it must allow all of these
   */
  public static Judgement ofLeaf(
      X509Certificate leaf,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> authorities,
      Collection<String> purposes,
      Instant now) {
    var reasons = new ArrayList<Reason>(validity(leaf, now));
    reasons.addAll(
        switch (ChainBuilder.issuers(leaf, intermediates, authorities, now)) {
          case ChainVerdict.Trusted trusted -> outlived(leaf, trusted.chain());
          case ChainVerdict.Refused refused -> refused(leaf, refused.refusal(), authorities, now);
        });
    List<String> allowed = Certificates.purposes(leaf);
    if (!allowed.isEmpty() && !allowed.contains(Purpose.ANY)) {
      purposes.stream()
          .filter(purpose -> !allowed.contains(purpose))
          .forEach(purpose -> reasons.add(new Reason.LacksPurpose(Purpose.word(purpose))));
    }
    weakness(leaf).ifPresent(reasons::add);
    return new Judgement(reasons);
  }

  private static List<Reason> outlived(X509Certificate leaf, List<X509Certificate> chain) {
    return chain.stream()
        .skip(1)
        .map(issuer -> issuer.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .filter(end -> leaf.getNotAfter().toInstant().isAfter(end))
        .<List<Reason>>map(
            end -> List.of(new Reason.OutlivesIssuer(leaf.getNotAfter().toInstant(), end)))
        .orElse(List.of());
  }

  private static List<Reason> refused(
      X509Certificate leaf,
      ChainVerdict.Refusal refusal,
      Collection<X509Certificate> authorities,
      Instant now) {
    var issuer = leaf.getIssuerX500Principal().getName();
    return switch (refusal) {
      case ChainVerdict.Refusal.UnknownAuthority _, ChainVerdict.Refusal.NotSigned _ ->
          List.of(new Reason.WrongIssuer(issuer));
      case ChainVerdict.Refusal.Expired expired ->
          signer(leaf, authorities)
              .map(direct -> againstIssuer(leaf, direct, now))
              .orElseGet(
                  () -> List.of(new Reason.IssuerExpired(expired.subject(), expired.notAfter())));
      case ChainVerdict.Refusal.BadIssuer _ when weakness(leaf).isPresent() -> List.of();
      case ChainVerdict.Refusal.BadIssuer bad ->
          List.of(new Reason.ChainRefused("its CA " + bad.issuer() + " " + bad.why()));
      case ChainVerdict.Refusal.NotYetValid early ->
          List.of(
              new Reason.ChainRefused(
                  "its CA " + early.subject() + " is valid only from " + early.notBefore()));
      case ChainVerdict.Refusal.UnknownCritical unknown ->
          List.of(
              new Reason.ChainRefused(
                  unknown.subject()
                      + " has a critical extension that the control plane does not know: "
                      + String.join(", ", unknown.oids())));
      case ChainVerdict.Refusal.TooLong tooLong ->
          List.of(
              new Reason.ChainRefused(
                  "its CA "
                      + tooLong.subject()
                      + " allows only "
                      + tooLong.limit()
                      + " CAs below it"));
      case ChainVerdict.Refusal.NameNotAllowed name ->
          List.of(new Reason.ChainRefused(name.text()));
      case ChainVerdict.Refusal.NoPolicy policy ->
          List.of(new Reason.ChainRefused("no certificate policy holds for " + policy.subject()));
      case ChainVerdict.Refusal.LacksPurpose lacks ->
          List.of(
              new Reason.ChainRefused(lacks.subject() + " may not be used for " + lacks.purpose()));
      case ChainVerdict.Refusal.Malformed malformed ->
          List.of(new Reason.ChainRefused("the control plane cannot read it: " + malformed.what()));
      case ChainVerdict.Refusal.TooManySignatures many ->
          List.of(
              new Reason.ChainRefused(
                  "no chain to its CA was found in " + many.limit() + " attempts"));
    };
  }

  /** Whether a chain of signatures leads from the first of a file to an authority. */
  public static boolean leadsTo(
      List<X509Certificate> file, Collection<X509Certificate> authorities) {
    var leaf = file.getFirst();
    return authorities.stream().anyMatch(authority -> isSignedBy(leaf, authority))
        || ChainBuilder.issuers(
                leaf, file.subList(1, file.size()), authorities, leaf.getNotBefore().toInstant())
            instanceof ChainVerdict.Trusted;
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
