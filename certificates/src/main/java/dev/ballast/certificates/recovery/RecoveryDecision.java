package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.report.Item;
import dev.ballast.certificates.report.Report;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a recovery does with each certificate, and why: as little as brings the node back.
 *
 * @param lines one for each item of the report, in its order
 */
public record RecoveryDecision(List<Line> lines) {
  /** What is done with one certificate. */
  public record Line(Item item, Verdict verdict) {}

  /** What is done, and why. */
  public sealed interface Verdict {
    String reason();

    /** It stays as it is. */
    record Keep(String reason) implements Verdict {}

    /** An authority signs itself again, with its own key: what it signed stays valid. */
    record RenewAuthority(String reason) implements Verdict {}

    /** It is made anew, saying what it said. */
    record Reissue(String reason) implements Verdict {}

    /** It is not there and is made from the configuration. */
    record Create(String reason) implements Verdict {}

    /** Only the authorities that it trusts are put right. */
    record Trust(String reason) implements Verdict {}

    /** It is deleted so that its owner makes a new one. */
    record Discard(String reason) implements Verdict {}

    /** It should be done and cannot be done here. */
    record Cannot(String reason, String remedy) implements Verdict {}
  }

  /** What a certificate that is fine is told to be made anew for. */
  private static final String ASKED = "asked to renew all";

  /** What an authority does, as far as those that it signs depend on it. */
  private enum Signing {
    AS_IT_IS,
    RENEWED,
    ELSEWHERE,
    IMPOSSIBLE
  }

  public RecoveryDecision {
    lines = List.copyOf(lines);
  }

  /**
   * Decides from a report.
   *
   * @param within what expires within this time is renewed as well
   * @param all whether leafs that are fine are made anew too
   */
  public static RecoveryDecision of(Report report, Duration within, boolean all) {
    return of(report, _ -> within, all);
  }

  /**
   * Decides from a report.
   *
   * @param ahead how long before its end a certificate is renewed
   * @param all whether leafs that are fine are made anew too
   */
  public static RecoveryDecision of(
      Report report, Function<X509Certificate, Duration> ahead, boolean all) {
    return new Deciding(report, ahead, all).decide();
  }

  public boolean changesAnything() {
    return lines.stream()
        .anyMatch(line ->
            !(line.verdict() instanceof Verdict.Keep)
                && !(line.verdict() instanceof Verdict.Cannot));
  }

  /** Whether the main authority gets a new certificate, which other nodes then need. */
  public boolean renews(Authority authority) {
    return lines.stream()
        .anyMatch(line ->
            line.item().name().equals(authority.label())
                && line.verdict() instanceof Verdict.RenewAuthority);
  }

  public List<Line> impossible() {
    return lines.stream().filter(line -> line.verdict() instanceof Verdict.Cannot).toList();
  }

  private static final class Deciding {
    private final Report report;
    private final Function<X509Certificate, Duration> ahead;
    private final boolean all;
    private final Map<Authority, Signing> signing = new EnumMap<>(Authority.class);

    Deciding(Report report, Function<X509Certificate, Duration> ahead, boolean all) {
      this.report = report;
      this.ahead = ahead;
      this.all = all;
    }

    RecoveryDecision decide() {
      var lines = new ArrayList<Line>();
      for (var entry : report.entries()) {
        if (entry.item().kind() == Item.Kind.AUTHORITY) {
          lines.add(new Line(entry.item(), authority(entry.item())));
        }
      }
      for (var entry : report.entries()) {
        if (entry.item().kind() != Item.Kind.AUTHORITY) {
          lines.add(new Line(entry.item(), leaf(entry)));
        }
      }
      return new RecoveryDecision(lines);
    }

    private Verdict authority(Item item) {
      var which = Authority.labelled(item.name()).orElseThrow();
      var verdict = authorityVerdict(item);
      signing.put(
          which,
          switch (verdict) {
            case Verdict.RenewAuthority _ -> Signing.RENEWED;
            case Verdict.Keep _ ->
                item.key() instanceof Item.KeyState.Matches ? Signing.AS_IT_IS : Signing.ELSEWHERE;
            default -> Signing.IMPOSSIBLE;
          });
      return verdict;
    }

    private Verdict authorityVerdict(Item item) {
      if (!(item.found() instanceof Found.Present present)) {
        return item.found() instanceof Found.Absent && isElsewhere(item)
            ? new Verdict.Keep("it is elsewhere")
            : new Verdict.Cannot(
                item.found().file() + " cannot be read",
                "copy it from another control-plane node or a backup, then run this again");
      }
      var notAfter = present.first().getNotAfter().toInstant();
      var over = isOver(present.first());
      return switch (item.key()) {
        case Item.KeyState.Matches _ ->
            over
                ? new Verdict.RenewAuthority(when(notAfter) + "; the key stays")
                : new Verdict.Keep("valid until " + notAfter);
        case Item.KeyState.Missing missing ->
            over
                ? new Verdict.Cannot(
                    "it " + when(notAfter) + " and " + missing.where() + " is not here",
                    "have it renewed with the same key where the key is, and copy the new "
                        + item.found().file().getFileName()
                        + " here")
                : new Verdict.Keep("external, valid until " + notAfter);
        case Item.KeyState.Mismatch mismatch ->
            new Verdict.Cannot(
                mismatch.where() + " is not its key",
                "bring both files back from the same node or backup");
        case Item.KeyState.Unusable unusable ->
            new Verdict.Cannot(unusable.problem(), unusable.remedy());
        case Item.KeyState.Unknown _ -> new Verdict.Keep("valid until " + notAfter);
      };
    }

    /** Nothing of etcd's PKI on the node means that etcd runs elsewhere. */
    private boolean isElsewhere(Item item) {
      return report.entries().stream()
          .filter(entry -> entry.item().name().equals(item.name()))
          .flatMap(entry -> entry.findings().stream())
          .anyMatch(finding -> finding.id().equals("external-etcd"));
    }

    private boolean isOver(X509Certificate certificate) {
      return report
          .taken()
          .plus(ahead.apply(certificate))
          .isAfter(certificate.getNotAfter().toInstant());
    }

    private String when(Instant notAfter) {
      return (report.taken().isAfter(notAfter) ? "expired at " : "expires at ") + notAfter;
    }

    private Verdict leaf(Report.Entry entry) {
      var item = entry.item();
      var need = need(entry);
      if (item.kind() == Item.Kind.USER_KUBECONFIG) {
        return userKubeconfig(entry, need);
      }
      if (item.signer().isEmpty()) {
        return need.isEmpty()
            ? new Verdict.Keep("valid")
            : new Verdict.Discard(need.get() + "; the kubelet makes a new one when it starts");
      }
      var signs = signing.getOrDefault(item.signer().get(), Signing.IMPOSSIBLE);
      if (need.isEmpty()) {
        return fine(item, signs);
      }
      return switch (signs) {
        case AS_IT_IS, RENEWED -> make(item, need.get());
        case ELSEWHERE ->
            new Verdict.Cannot(
                need.get() + ", and the key of " + item.signer().get().label() + " is not here",
                "have it signed where that key is: ballast certs generate-csr");
        case IMPOSSIBLE ->
            new Verdict.Cannot(
                need.get() + ", and " + item.signer().get().label() + " cannot sign",
                "put " + item.signer().get().label() + " right first");
      };
    }

    private static Verdict make(Item item, String need) {
      return item.found() instanceof Found.Present
          ? new Verdict.Reissue(need)
          : new Verdict.Create(need);
    }

    private Verdict fine(Item item, Signing signs) {
      var canSign = signs == Signing.AS_IT_IS || signs == Signing.RENEWED;
      if (all && canSign && item.found() instanceof Found.Present) {
        return new Verdict.Reissue(ASKED);
      }
      if (signs == Signing.RENEWED && item.kind() == Item.Kind.KUBECONFIG) {
        return new Verdict.Trust("the CA in it is renewed");
      }
      return new Verdict.Keep("valid");
    }

    /**
     * A copy of the admin's gets the admin's new certificate; what else a user proves himself with
     * is not renewed behind the back of whoever let it expire.
     */
    private Verdict userKubeconfig(Report.Entry entry, Optional<String> need) {
      if (entry.findings().stream().anyMatch(finding -> finding.id().equals("other-cluster"))) {
        return new Verdict.Keep("it belongs to another cluster");
      }
      if (need.isPresent() || all) {
        return isCopyOfAdmin(entry.item())
            ? new Verdict.Reissue(need.orElse(ASKED) + "; a copy of the admin's")
            : new Verdict.Cannot(
                need.orElse(ASKED) + ", and it is not a copy of admin.conf",
                "make a new one: ballast kubeconfig user --client-name NAME");
      }
      return signing.get(Authority.CA) == Signing.RENEWED
          ? new Verdict.Trust("the CA in it is renewed")
          : new Verdict.Keep("valid");
    }

    private boolean isCopyOfAdmin(Item copy) {
      return copy.found() instanceof Found.Present mine
          && report.entries().stream()
              .map(Report.Entry::item)
              .filter(item -> item.name().endsWith("admin.conf"))
              .anyMatch(item ->
                  item.found() instanceof Found.Present theirs
                      && sameSubject(mine.first(), theirs.first()));
    }

    private static boolean sameSubject(X509Certificate one, X509Certificate other) {
      return one.getSubjectX500Principal().equals(other.getSubjectX500Principal());
    }

    /** Why a certificate must be made anew, if it must. */
    private Optional<String> need(Report.Entry entry) {
      var broken =
          entry.findings().stream()
              .filter(finding -> finding.level() == Finding.Level.BROKEN)
              // A renewed authority cures this, and a wrong clock is not cured by renewal.
              .filter(f -> !f.id().equals("issuer-expired") && !f.id().equals("not-yet-valid"))
              .filter(f -> !f.id().equals("trusts-other-ca") && !f.id().equals("lacks-name"))
              .map(Finding::text)
              .findFirst();
      if (broken.isPresent()) {
        return broken;
      }
      return entry.item().found() instanceof Found.Present present && isOver(present.first())
          ? Optional.of(when(present.first().getNotAfter().toInstant()))
          : Optional.empty();
    }
  }
}
