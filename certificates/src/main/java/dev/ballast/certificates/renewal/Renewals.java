package dev.ballast.certificates.renewal;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Renewable;
import dev.ballast.certificates.creation.ClusterCreation;
import dev.ballast.certificates.renewal.Decision.Refused;
import dev.ballast.certificates.renewal.Decision.Renew;
import dev.ballast.certificates.renewal.Signers.Signer;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.Purpose;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides what a renewal does: a function of what was read, without a clock or a file of its own.
 */
public final class Renewals {
  /** How far the clocks of two machines may be apart, as kubeadm's backdating has it. */
  private static final Duration CLOCK_TOLERANCE = ClusterCreation.BACKDATE;

  private Renewals() {}

  /** One decision for each of these, in their order. */
  public static List<Decision> decide(
      Collection<Renewable> wanted, Inventory inventory, Signers signers, RenewalTerms terms) {
    return wanted.stream().map(one -> decide(one, inventory, signers, terms)).toList();
  }

  /** The authorities that sign these. */
  public static Set<Authority> authorities(Collection<Renewable> wanted) {
    var authorities = new TreeSet<Authority>();
    wanted.forEach(one -> authorities.add(one.authority()));
    return authorities;
  }

  private static Decision decide(
      Renewable wanted, Inventory inventory, Signers signers, RenewalTerms terms) {
    Found found = inventory.renewables().get(wanted);
    return switch (found == null ? Inventory.find(inventory.layout(), wanted) : found) {
      case Found.Absent _ -> new Decision.Missing(wanted);
      case Found.Unusable unusable -> new Refused(wanted, unusable.problem(), unusable.remedy());
      case Found.Present present ->
          switch (signers.of(wanted.authority())) {
            case Signer.External _ -> new Decision.External(wanted);
            case Signer.Unusable unusable ->
                new Refused(wanted, unusable.problem(), unusable.remedy());
            case Signer.Ready ready -> renew(wanted, present, ready, inventory.layout(), terms);
          };
    };
  }

  private static Decision renew(
      Renewable wanted,
      Found.Present present,
      Signer.Ready signer,
      Layout layout,
      RenewalTerms terms) {
    X509Certificate ca = signer.authority().certificate();
    Instant caEnd = ca.getNotAfter().toInstant();
    if (!terms.start().isBefore(caEnd)) {
      return new Refused(
          wanted,
          "%s expired on %s: nothing that it signs now is accepted by anybody"
              .formatted(layout.certificate(wanted.authority()), caEnd),
          "renew the authority first: ballast certs recover");
    }
    X509Certificate old = present.first();
    if (terms.start().isBefore(ca.getNotBefore().toInstant())) {
      return clockBehind(wanted, layout.certificate(wanted.authority()), ca, terms.start());
    }
    // By such a clock the new one could be over before the old one.
    if (terms.start().plus(CLOCK_TOLERANCE).isBefore(old.getNotBefore().toInstant())) {
      return clockBehind(wanted, present.file(), old, terms.start());
    }
    var reasons = new ArrayList<String>();
    CertificateTemplate successor = successor(wanted, old, caEnd, terms, reasons);
    if (!Judgement.isSignedBy(old, ca)) {
      reasons.add(
          "the old certificate was signed by another authority than %s"
              .formatted(wanted.authority().label()));
    }
    KeyAlgorithm.of(old.getPublicKey())
        .filter(algorithm -> algorithm != terms.algorithm())
        .ifPresent(algorithm ->
            reasons.add(
                "the key changes from " + algorithm.label() + " to " + terms.algorithm().label()));
    return new Renew(wanted, old, successor, chain(present.certificates(), ca), reasons);
  }

  private static Refused clockBehind(
      Renewable wanted, Path file, X509Certificate certificate, Instant clock) {
    return new Refused(
        wanted,
        "%s is valid only from %s on, and the clock says %s"
            .formatted(file, certificate.getNotBefore().toInstant(), clock),
        "set the clock of this machine right");
  }

  private static CertificateTemplate successor(
      Renewable wanted,
      X509Certificate old,
      Instant caEnd,
      RenewalTerms terms,
      List<String> reasons) {
    Instant end = terms.start().plus(terms.validity());
    if (end.isAfter(caEnd)) {
      reasons.add("it ends on " + caEnd + " with its authority, not on " + end);
      end = caEnd;
    }
    CertificateTemplate kept = Certificates.template(old);
    List<AlternativeName> names = kept.names();
    // Only what others connect to has names to be found under.
    if (wanted instanceof Leaf && !names.isEmpty() && !terms.names().isNone()) {
      names = terms.names().applyTo(names);
      addNameReasons(kept.names(), names, reasons);
    }
    return new CertificateTemplate(
        kept.subject(),
        names,
        kept.purposes(),
        false,
        terms.start().minus(ClusterCreation.BACKDATE),
        end,
        kept.others());
  }

  private static void addNameReasons(
      List<AlternativeName> before, List<AlternativeName> after, List<String> reasons) {
    var added = new ArrayList<>(after);
    added.removeAll(before);
    var removed = new ArrayList<>(before);
    removed.removeAll(after);
    if (!added.isEmpty()) {
      reasons.add("names added: " + join(added));
    }
    if (!removed.isEmpty()) {
      reasons.add("names removed: " + join(removed));
    }
  }

  private static String join(List<AlternativeName> names) {
    return String.join(" ", names.stream().map(AlternativeName::toString).toList());
  }

  /** What follows the leaf in its file stays, as long as it leads to the authority that signs. */
  private static List<X509Certificate> chain(List<X509Certificate> file, X509Certificate ca) {
    return file.size() > 1
            && file.get(1).getSubjectX500Principal().equals(ca.getSubjectX500Principal())
            && Certificates.sameKey(file.get(1), ca)
        ? file.subList(1, file.size())
        : List.of();
  }

  /** Whether these names can be changed on one of these at all. */
  public static boolean serves(Renewable renewable) {
    return switch (renewable) {
      case Leaf leaf -> leaf.purposes().contains(Purpose.SERVER_AUTH);
      case KubeconfigFile _ -> false;
    };
  }
}
