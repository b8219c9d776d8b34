package dev.ballast.pki;

import dev.ballast.pki.ChainVerdict.Refusal;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.DSAPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds chains from a certificate to trusted authorities and judges them as Go's {@code
 * crypto/x509} does, by which the components of a cluster judge each other (RFC 5280 section 6; RFC
 * 4158 for the order in which issuers are tried). Pure: the time is a parameter.
 */
public final class ChainBuilder {
  /** As many as Go tries, so that certificates that all sign each other end too. */
  private static final int MAX_SIGNATURES = 100;

  private static final int MIN_RSA_BITS = 1024;

  private final List<CertificateFields> roots;
  private final List<CertificateFields> intermediates;
  private final Instant now;
  private int signatures;
  private @Nullable Refusal hint;

  private ChainBuilder(
      List<CertificateFields> roots, List<CertificateFields> intermediates, Instant now) {
    this.roots = roots;
    this.intermediates = intermediates;
    this.now = now;
  }

  /**
   * The verdict on a certificate.
   *
   * @param intermediates what stands beside it in its file
   * @param roots the authorities that are trusted
   * @param purposes OIDs of which one must be allowed along the whole chain; {@link Purpose#ANY}
   *     asks for none
   */
  public static ChainVerdict verify(
      X509Certificate certificate,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> roots,
      Collection<String> purposes,
      Instant now) {
    return verify(certificate, intermediates, roots, purposes, now, true);
  }

  /** The verdict on who signed a certificate, whether or not its own time has come or gone. */
  static ChainVerdict issuers(
      X509Certificate certificate,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> roots,
      Instant now) {
    return verify(certificate, intermediates, roots, List.of(Purpose.ANY), now, false);
  }

  private static ChainVerdict verify(
      X509Certificate certificate,
      Collection<X509Certificate> intermediates,
      Collection<X509Certificate> roots,
      Collection<String> purposes,
      Instant now,
      boolean inTime) {
    CertificateFields leaf;
    try {
      leaf = CertificateFieldsReader.read(certificate);
    } catch (IllegalArgumentException | ArithmeticException e) {
      return new ChainVerdict.Refused(malformed(certificate, e));
    }
    return new ChainBuilder(readable(roots), readable(intermediates), now)
        .verify(leaf, purposes, inTime);
  }

  private static Refusal malformed(X509Certificate certificate, RuntimeException e) {
    return new Refusal.Malformed(
        certificate.getSubjectX500Principal().getName(), String.valueOf(e.getMessage()));
  }

  /** What cannot be read signs nothing that is trusted. */
  private static List<CertificateFields> readable(Collection<X509Certificate> certificates) {
    return certificates.stream().flatMap(each -> fields(each).stream()).toList();
  }

  private static Optional<CertificateFields> fields(X509Certificate certificate) {
    try {
      return Optional.of(CertificateFieldsReader.read(certificate));
    } catch (IllegalArgumentException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  private ChainVerdict verify(CertificateFields leaf, Collection<String> purposes, boolean inTime) {
    var own = problem(leaf, List.of(), false);
    if (own.isPresent() && (inTime || !isOfTime(own.get()))) {
      return new ChainVerdict.Refused(own.get());
    }
    var chains = new ArrayList<List<CertificateFields>>();
    if (roots.stream().anyMatch(root -> root.certificate().equals(leaf.certificate()))) {
      chains.add(List.of(leaf));
    } else {
      grow(List.of(leaf), chains);
    }
    if (chains.isEmpty()) {
      var issuer = leaf.certificate().getIssuerX500Principal().getName();
      return new ChainVerdict.Refused(hint == null ? new Refusal.UnknownAuthority(issuer) : hint);
    }
    Refusal last = null;
    for (var chain : chains) {
      var refusal = refusal(chain, purposes);
      if (refusal.isEmpty()) {
        return new ChainVerdict.Trusted(
            chain.stream().map(CertificateFields::certificate).toList());
      }
      last = last instanceof Refusal.NameNotAllowed ? last : refusal.get();
    }
    return new ChainVerdict.Refused(Objects.requireNonNull(last));
  }

  private static boolean isOfTime(Refusal refusal) {
    return refusal instanceof Refusal.Expired || refusal instanceof Refusal.NotYetValid;
  }

  private void grow(List<CertificateFields> chain, List<List<CertificateFields>> found) {
    var child = chain.getLast();
    for (var root : candidates(child, roots)) {
      if (issues(root, chain, false)) {
        found.add(with(chain, root));
      }
    }
    for (var intermediate : candidates(child, intermediates)) {
      if (issues(intermediate, chain, true)) {
        grow(with(chain, intermediate), found);
      }
    }
  }

  private static List<CertificateFields> with(
      List<CertificateFields> chain, CertificateFields next) {
    var longer = new ArrayList<>(chain);
    longer.add(next);
    return List.copyOf(longer);
  }

  /** Those of the issuer's name, the likeliest by their key identifiers first. */
  private static List<CertificateFields> candidates(
      CertificateFields child, List<CertificateFields> from) {
    return from.stream()
        .filter(candidate -> Arrays.equals(candidate.subject(), child.issuer()))
        .sorted(Comparator.comparingInt(candidate -> distance(candidate, child)))
        .toList();
  }

  private static int distance(CertificateFields candidate, CertificateFields child) {
    var has = candidate.subjectKeyIdentifier();
    var wants = child.authorityKeyIdentifier();
    if (Arrays.equals(has, wants)) {
      return 0;
    }
    return has.length == 0 || wants.length == 0 ? 1 : 2;
  }

  private boolean issues(
      CertificateFields candidate, List<CertificateFields> chain, boolean intermediate) {
    if (++signatures > MAX_SIGNATURES) {
      hint = new Refusal.TooManySignatures(MAX_SIGNATURES);
      return false;
    }
    if (chain.stream().anyMatch(candidate::isSameEntity)) {
      return false;
    }
    var problem =
        notSigned(chain.getLast(), candidate).or(() -> problem(candidate, chain, intermediate));
    problem.ifPresent(why -> hint = hint == null ? why : hint);
    return problem.isEmpty();
  }

  private static Optional<Refusal> notSigned(CertificateFields child, CertificateFields issuer) {
    return mayNotSign(child, issuer)
        .<Refusal>map(why -> new Refusal.BadIssuer(issuer.name(), why))
        .or(() ->
            signed(child.certificate(), issuer.certificate().getPublicKey())
                ? Optional.empty()
                : Optional.of(new Refusal.NotSigned(issuer.name())));
  }

  private static Optional<String> mayNotSign(CertificateFields child, CertificateFields issuer) {
    if ((issuer.version() == 3 && !issuer.basicConstraints())
        || (issuer.basicConstraints() && !issuer.authority())) {
      return Optional.of("is not a certificate authority");
    }
    if (!issuer.maySign()) {
      return Optional.of("may not sign certificates: its key usage does not say so");
    }
    var key = issuer.certificate().getPublicKey();
    var algorithm = child.certificate().getSigAlgName().toUpperCase(Locale.ROOT);
    return algorithm.startsWith("MD") || algorithm.startsWith("SHA1")
        ? Optional.of(
            "signed with " + child.certificate().getSigAlgName() + ", which can be forged")
        : weak(key);
  }

  private static Optional<String> weak(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa when rsa.getModulus().bitLength() < MIN_RSA_BITS ->
          Optional.of("has an RSA key of only " + rsa.getModulus().bitLength() + " bits");
      case DSAPublicKey _ -> Optional.of("has a DSA key");
      default -> Optional.empty();
    };
  }

  private static boolean signed(X509Certificate child, PublicKey key) {
    try {
      child.verify(key);
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /** What is wrong with one certificate where it stands. */
  private Optional<Refusal> problem(
      CertificateFields certificate, List<CertificateFields> below, boolean intermediate) {
    var x509 = certificate.certificate();
    if (!certificate.unknownCritical().isEmpty()) {
      return Optional.of(
          new Refusal.UnknownCritical(certificate.name(), certificate.unknownCritical()));
    }
    if (now.isBefore(x509.getNotBefore().toInstant())) {
      return Optional.of(
          new Refusal.NotYetValid(certificate.name(), x509.getNotBefore().toInstant()));
    }
    if (now.isAfter(x509.getNotAfter().toInstant())) {
      return Optional.of(new Refusal.Expired(certificate.name(), x509.getNotAfter().toInstant()));
    }
    if (intermediate && !certificate.authority()) {
      return Optional.of(
          new Refusal.BadIssuer(certificate.name(), "is not a certificate authority"));
    }
    int limit = certificate.pathLength().orElse(Integer.MAX_VALUE);
    return certificate.basicConstraints() && below.size() - 1 > limit
        ? Optional.of(new Refusal.TooLong(certificate.name(), limit))
        : Optional.empty();
  }

  private static Optional<Refusal> refusal(
      List<CertificateFields> chain, Collection<String> purposes) {
    if (!PolicyCheck.holds(chain)) {
      return Optional.of(new Refusal.NoPolicy(chain.getFirst().name()));
    }
    return purposeRefusal(chain, purposes).or(() -> nameRefusal(chain));
  }

  private static Optional<Refusal> purposeRefusal(
      List<CertificateFields> chain, Collection<String> purposes) {
    if (purposes.contains(Purpose.ANY)) {
      return Optional.empty();
    }
    var left = new ArrayList<>(purposes);
    for (var certificate : chain.reversed()) {
      var allowed = certificate.purposes();
      if (!allowed.isEmpty() && !allowed.contains(Purpose.ANY)) {
        left.retainAll(allowed);
        if (left.isEmpty()) {
          return Optional.of(
              new Refusal.LacksPurpose(
                  certificate.name(), Purpose.word(purposes.iterator().next())));
        }
      }
    }
    return Optional.empty();
  }

  /** The names of every certificate must suit every authority above it. */
  private static Optional<Refusal> nameRefusal(List<CertificateFields> chain) {
    for (int low = 0; low < chain.size(); low++) {
      for (int high = low + 1; high < chain.size(); high++) {
        var constraints = chain.get(high).constraints();
        if (constraints.isPresent()) {
          for (var name : chain.get(low).names()) {
            var refusal = constraints.get().refusal(name);
            if (refusal.isPresent()) {
              return Optional.of(
                  new Refusal.NameNotAllowed(
                      refusal.get() + " in the CA " + chain.get(high).name()));
            }
          }
        }
      }
    }
    return Optional.empty();
  }
}
