package dev.ballast.certificates.report;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides what is wrong on a node, from a snapshot alone. */
public final class Check {
  /** What kubeadm's documentation and most alerts warn about: a month. */
  public static final Duration DEFAULT_WARNING = Duration.ofDays(30);

  private static final String RENEW = "ballast certs renew ";
  private static final String RECOVER = "ballast certs recover";

  private final NodeSnapshot node;
  private final Duration warning;
  private final ServingNeeds needs;

  private Check(NodeSnapshot node, Duration warning) {
    this.node = node;
    this.warning = warning;
    this.needs = ServingNeeds.of(node);
  }

  /**
   * The report of a node.
   *
   * @param warning how long before its end a certificate is warned about
   */
  public static Report decide(NodeSnapshot node, Duration warning) {
    return new Check(node, warning).decide();
  }

  private Report decide() {
    var entries =
        node.items().stream().map(item -> new Report.Entry(item, findings(item))).toList();
    var ports = node.ports().stream().map(port -> PortFindings.of(port, node.taken())).toList();
    var general = new ArrayList<Finding>();
    general.addAll(node.serviceAccount());
    node.writableByAll().forEach(place -> general.add(writableByAll(place)));
    general.addAll(ClockFindings.of(node));
    needs.addressLost().ifPresent(general::add);
    return new Report(node.node(), node.taken(), entries, ports, general);
  }

  private List<Finding> findings(Item item) {
    return switch (item.found()) {
      case Found.Absent absent -> missing(item, absent);
      case Found.Unusable unusable ->
          List.of(Finding.broken("unreadable", unusable.problem(), unusable.remedy()));
      case Found.Present present -> {
        var all = new ArrayList<Finding>();
        all.addAll(judged(item, present));
        all.addAll(expiring(item, present));
        key(item).ifPresent(all::add);
        permissions(item).ifPresent(all::add);
        all.addAll(needs.findings(item, present.first()));
        trust(item, present.first()).ifPresent(all::add);
        yield all;
      }
    };
  }

  private List<Finding> missing(Item item, Found.Absent absent) {
    var text = absent.file() + " is missing";
    return switch (item.kind()) {
      case AUTHORITY ->
          List.of(
              isExternalEtcd(item)
                  ? Finding.note("external-etcd", text + "; etcd is elsewhere", "")
                  : Finding.broken(
                      "missing", text, "copy it from another control-plane node or a backup"));
      case LEAF ->
          List.of(
              isExternalEtcd(item)
                  ? Finding.note("external-etcd", text + "; etcd is elsewhere", "")
                  : Finding.broken("missing", text, RECOVER + ", which makes it anew"));
      case KUBECONFIG ->
          List.of(
              // Normal on every control-plane node but the first.
              item.name().equals("super-admin.conf")
                  ? Finding.note("missing", text + "; only the first node has it", "")
                  : Finding.broken("missing", text, RECOVER + ", which makes it anew"));
      case USER_KUBECONFIG, KUBELET_CLIENT, KUBELET_SERVING -> List.of();
    };
  }

  /** With etcd elsewhere nothing of its PKI is here; with some of it here, the rest is missing. */
  private boolean isExternalEtcd(Item item) {
    var etcd =
        item.signer().filter(Authority.ETCD_CA::equals).isPresent()
            || item.name().equals(Authority.ETCD_CA.label());
    return etcd
        && node.items().stream()
            .filter(other -> other.name().startsWith("etcd-"))
            .allMatch(other -> other.found() instanceof Found.Absent);
  }

  private List<Finding> judged(Item item, Found.Present present) {
    var certificate = present.first();
    if (item.kind() == Item.Kind.AUTHORITY) {
      return map(item, Judgement.ofAuthority(certificate, node.taken()).reasons());
    }
    if (item.signer().isEmpty()) {
      // Signed by itself: the kubelet's own serving pair. Nobody verifies who signed it.
      return map(
          item,
          Judgement.ofLeaf(certificate, present.certificates(), item.purposes(), node.taken())
              .reasons()
              .stream()
              .filter(reason -> !(reason instanceof Judgement.Reason.WrongIssuer))
              .toList());
    }
    var authority = item.signer().get();
    var authorities = node.authorities().get(authority);
    if (authorities == null) {
      var reasons = new ArrayList<Finding>();
      reasons.addAll(
          map(
              item,
              Judgement.ofLeaf(certificate, List.of(), item.purposes(), node.taken())
                  .reasons()
                  .stream()
                  .filter(reason -> !(reason instanceof Judgement.Reason.WrongIssuer))
                  .toList()));
      reasons.add(
          Finding.note(
              "issuer-unknown",
              "whether " + authority.label() + " signed it is not known: it cannot be read",
              "bring " + authority.label() + " back first"));
      return reasons;
    }
    if (isOfAnotherCluster(item, certificate, authorities)) {
      return List.of(
          Finding.note("other-cluster", "it belongs to another cluster; not judged", ""));
    }
    return map(
        item,
        Judgement.ofLeaf(
                certificate,
                present.certificates().subList(1, present.certificates().size()),
                authorities,
                item.purposes(),
                node.taken())
            .reasons());
  }

  /**
   * A user may have kubeconfigs for other clusters: neither signed nor trusted by ours, and for
   * another server. One for our server is a copy from before the CA was replaced.
   */
  private boolean isOfAnotherCluster(
      Item item, X509Certificate certificate, List<X509Certificate> ours) {
    return item.kind() == Item.Kind.USER_KUBECONFIG
        && Judgement.signer(certificate, ours).isEmpty()
        && !trustsAny(item, ours)
        && node.items().stream()
            .filter(other -> other.kind() == Item.Kind.KUBECONFIG)
            .noneMatch(other -> other.server().isPresent() && other.server().equals(item.server()));
  }

  private static boolean trustsAny(Item item, List<X509Certificate> ours) {
    return item.trusts().stream()
        .anyMatch(ca -> ours.stream().anyMatch(our -> Certificates.sameKey(our, ca)));
  }

  private List<Finding> map(Item item, List<Judgement.Reason> reasons) {
    return reasons.stream().map(reason -> map(item, reason)).toList();
  }

  private Finding map(Item item, Judgement.Reason reason) {
    return switch (reason) {
      case Judgement.Reason.Expired r ->
          Finding.broken("expired", "it expired at " + r.notAfter(), remedy(item, true));
      case Judgement.Reason.NotYetValid r ->
          Finding.broken(
              "not-yet-valid",
              "it is valid from " + r.notBefore() + " but the clock says " + node.taken(),
              "set the clock right before anything is renewed");
      case Judgement.Reason.WrongIssuer r -> wrongIssuer(item, r);
      case Judgement.Reason.ChainRefused r ->
          Finding.broken("chain-refused", r.text(), remedy(item, false));
      case Judgement.Reason.IssuerExpired r ->
          Finding.broken(
              "issuer-expired", "its CA " + r.issuer() + " expired at " + r.notAfter(), RECOVER);
      case Judgement.Reason.OutlivesIssuer r ->
          Finding.warning(
              "outlives-issuer",
              "it is valid until "
                  + r.notAfter()
                  + " but its CA only until "
                  + r.issuerNotAfter()
                  + ", which is when it stops working",
              "ballast certs rotate, before the CA expires");
      case Judgement.Reason.LacksPurpose r ->
          Finding.broken(
              "lacks-purpose", "it may not be used for " + r.purpose(), remedy(item, false));
      case Judgement.Reason.WrongKind r ->
          Finding.broken(
              "wrong-kind",
              r.authority() ? "it is not a certificate authority" : "it is an authority",
              "put the right certificate there");
      case Judgement.Reason.WeakSignature r ->
          Finding.broken(
              "weak-signature",
              "it is signed with " + r.algorithm() + ", which current clients refuse",
              remedy(item, false));
    };
  }

  /** Signed by another authority of this node is a mix-up of files, and is said as that. */
  private Finding wrongIssuer(Item item, Judgement.Reason.WrongIssuer reason) {
    var other =
        item.found() instanceof Found.Present present
            ? node.authorities().entrySet().stream()
                .filter(each -> Judgement.leadsTo(present.certificates(), each.getValue()))
                .map(each -> each.getKey().label())
                .findFirst()
            : Optional.<String>empty();
    return Finding.broken(
        "wrong-issuer",
        other
            .map(label ->
                "it was signed by "
                    + label
                    + ", not by "
                    + item.signer().map(Authority::label).orElse("itself"))
            .orElse("it was signed by another " + reason.issuer() + " than the one here"),
        remedy(item, false));
  }

  private List<Finding> expiring(Item item, Found.Present present) {
    var notAfter = present.first().getNotAfter().toInstant();
    var now = node.taken();
    if (now.isAfter(notAfter) || now.plus(warning).isBefore(notAfter)) {
      return List.of();
    }
    return List.of(
        Finding.warning(
            "expires-soon",
            "it expires at " + notAfter + ", in " + days(now, notAfter),
            remedy(item, false)));
  }

  private static String days(Instant now, Instant then) {
    var left = Duration.between(now, then);
    return left.toDays() > 1 ? left.toDays() + " days" : left.toHours() + " hours";
  }

  private static String remedy(Item item, boolean expired) {
    return switch (item.kind()) {
      case AUTHORITY -> expired ? RECOVER : "ballast certs rotate";
      case LEAF, KUBECONFIG -> item.name().equals("kubelet.conf") ? RECOVER : RENEW + item.name();
      case USER_KUBECONFIG ->
          RECOVER + ", or copy /etc/kubernetes/admin.conf over it after a renewal";
      case KUBELET_CLIENT ->
          expired ? RECOVER : "the kubelet renews it by itself while it runs and reaches the API";
      case KUBELET_SERVING ->
          item.name().equals("kubelet.crt")
              ? "move kubelet.crt and kubelet.key away and restart the kubelet, which makes new ones"
              : "approve the kubelet's request: kubectl get csr";
    };
  }

  private static Optional<Finding> key(Item item) {
    return switch (item.key()) {
      case Item.KeyState.Matches _, Item.KeyState.Unknown _ -> Optional.empty();
      case Item.KeyState.Mismatch mismatch -> Optional.of(mismatch(item, mismatch.where()));
      case Item.KeyState.Missing missing ->
          Optional.of(
              item.kind() == Item.Kind.AUTHORITY
                  ? Finding.note(
                      "external-ca", missing.where() + " is not here: the CA is external", "")
                  : Finding.broken(
                      "key-missing", missing.where() + " is missing", remedy(item, false)));
      case Item.KeyState.Unusable unusable ->
          Optional.of(Finding.broken("key-unreadable", unusable.problem(), unusable.remedy()));
    };
  }

  private static Finding mismatch(Item item, String key) {
    if (item.kind() != Item.Kind.AUTHORITY) {
      return Finding.broken(
          "key-mismatch", key + " is not the key of the certificate", remedy(item, false));
    }
    var several =
        item.found() instanceof Found.Present present && present.certificates().size() > 1;
    return Finding.broken(
        "key-mismatch",
        key + " is not the key of the " + (several ? "first certificate" : "certificate"),
        (several ? "put the certificate whose key it is first in the file, or " : "")
            + "bring both files back from the same node or backup");
  }

  private static Optional<Finding> permissions(Item item) {
    return item.mode()
        .filter(mode -> (mode & 0007) != 0)
        .map(mode ->
            Finding.warning(
                "secret-readable",
                "its secret can be "
                    + ((mode & 0004) == 0 ? "changed" : "read")
                    + " by everybody: mode "
                    + Integer.toOctalString(mode),
                "chmod 600 the file; a renewal does it too"));
  }

  private static Finding writableByAll(Path place) {
    return Finding.warning(
        "writable-by-all", place + " can be changed by everybody", "chmod o-w " + place);
  }

  /** A kubeconfig that does not trust the CA of its own cluster cannot reach the API server. */
  private Optional<Finding> trust(Item item, X509Certificate certificate) {
    var ours = node.authorities().get(Authority.CA);
    if (ours == null || trustsAny(item, ours)) {
      return Optional.empty();
    }
    return switch (item.kind()) {
      case KUBECONFIG ->
          Optional.of(
              item.trusts().isEmpty()
                  ? trustsNone(item)
                  : trustsOther(
                      item.name().equals(KubeconfigFile.KUBELET.label())
                          ? embed(item)
                          : RENEW + item.name() + ", which puts the CA in too"));
      case USER_KUBECONFIG ->
          item.trusts().isEmpty() || isOfAnotherCluster(item, certificate, ours)
              ? Optional.empty()
              : Optional.of(trustsOther("copy /etc/kubernetes/admin.conf over it"));
      case AUTHORITY, LEAF, KUBELET_CLIENT, KUBELET_SERVING -> Optional.empty();
    };
  }

  private static Finding trustsOther(String remedy) {
    return Finding.broken("trusts-other-ca", "the CA in it is not the one of this cluster", remedy);
  }

  private static Finding trustsNone(Item item) {
    return Finding.warning(
        "trusts-no-ca",
        "it names no CA, so the API server is checked against those of the system or not at"
            + " all",
        embed(item));
  }

  private static String embed(Item item) {
    return "kubectl config set-cluster NAME --embed-certs --certificate-authority=ca.crt"
        + " --kubeconfig="
        + item.found().file();
  }
}
