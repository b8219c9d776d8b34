package dev.ballast.pki;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Whether a certificate leads to a trusted authority, with the reason where it does not. */
public sealed interface ChainVerdict {
  /**
   * It does.
   *
   * @param chain the certificate first, the trusted authority last
   */
  record Trusted(List<X509Certificate> chain) implements ChainVerdict {
    public Trusted {
      chain = List.copyOf(chain);
    }
  }

  /** It does not. */
  record Refused(Refusal refusal) implements ChainVerdict {}

  /** Why a chain is not accepted. Subjects are as RFC 2253 writes them. */
  sealed interface Refusal {
    /** No chain of signatures leads to a trusted authority. */
    record UnknownAuthority(String issuer) implements Refusal {}

    /** An authority has the issuer's name and another key than the one that signed. */
    record NotSigned(String issuer) implements Refusal {}

    /** An authority on the way has the right name and may not sign, or not like this: says why. */
    record BadIssuer(String issuer, String why) implements Refusal {}

    /** A certificate of the chain has expired. */
    record Expired(String subject, Instant notAfter) implements Refusal {}

    /** A certificate of the chain is not valid yet. */
    record NotYetValid(String subject, Instant notBefore) implements Refusal {}

    /** A certificate demands that something be understood which is not. */
    record UnknownCritical(String subject, List<String> oids) implements Refusal {}

    /** An authority allows fewer authorities below it. */
    record TooLong(String subject, int limit) implements Refusal {}

    /** An authority may not sign for a name below it. */
    record NameNotAllowed(String text) implements Refusal {}

    /** No certificate policy holds along the chain, and one must. */
    record NoPolicy(String subject) implements Refusal {}

    /** A certificate of the chain limits what it is for, and this is not in it. */
    record LacksPurpose(String subject, String purpose) implements Refusal {}

    /** A field of a certificate is not what RFC 5280 says. */
    record Malformed(String subject, String what) implements Refusal {}

    /** Certificates of one name and key in every order: a chain made to keep us busy. */
    record TooManySignatures(int limit) implements Refusal {}
  }
}
