package dev.ballast.certificates.rotation;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.recovery.Reissue;
import dev.ballast.certificates.report.Item;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.report.NodeSnapshot;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads how far the rotation of one authority has come on a node, and plans its next stage. */
public final class Rotation {
  private final NodeFiles files;
  private final NodeSnapshot snapshot;
  private final Authority authority;
  private final KeyForge forge;
  private final Reissue.Terms terms;

  public Rotation(
      NodeFiles files,
      NodeSnapshot snapshot,
      Authority authority,
      KeyForge forge,
      Reissue.Terms terms) {
    this.files = files;
    this.snapshot = snapshot;
    this.authority = authority;
    this.forge = forge;
    this.terms = terms;
  }

  /** The stage that the certificates tell. */
  public Stage stage() {
    var bundle = bundle();
    if (Files.notExists(files.layout().key(authority))) {
      return new Stage.Unclear(
          files.layout().key(authority) + " is not here",
          "rotate where the key of " + authority.label() + " is");
    }
    var key = PrivateKeys.read(files.layout().key(authority));
    return Stage.of(
        bundle,
        publicOf(key, bundle),
        Files.exists(nextKey())
            ? Optional.of(publicOf(PrivateKeys.read(nextKey()), bundle))
            : Optional.empty(),
        signed());
  }

  private List<X509Certificate> bundle() {
    return snapshot.authorities().getOrDefault(authority, List.of());
  }

  /** The public half: that of the certificate which the key matches, or what the key tells. */
  private static PublicKey publicOf(PrivateKey key, List<X509Certificate> candidates) {
    return candidates.stream()
        .map(X509Certificate::getPublicKey)
        .filter(half -> PrivateKeys.matches(key, half))
        .findFirst()
        .or(() -> PrivateKeys.publicOf(key))
        .orElseThrow(() ->
            new CertificatesFailure(
                "the key of the authority is not the one of any of its certificates",
                "bring both files back from the same node or backup; nothing was changed"));
  }

  private List<Stage.Named> signed() {
    var signed = new ArrayList<Stage.Named>();
    for (var item : snapshot.items()) {
      if (item.signer().filter(authority::equals).isPresent()
          && item.found() instanceof Found.Present present) {
        signed.add(new Stage.Named(item.name(), present.first(), item.trusts()));
      }
    }
    return signed;
  }

  /** Where the new key waits until it signs. */
  public Path nextKey() {
    return files.layout().key(authority).resolveSibling(stem() + "-next.key");
  }

  /** The one certificate that signs: kube-controller-manager refuses a file with two. */
  private Path signingCertificate() {
    return files.layout().certificate(authority).resolveSibling(stem() + "-signing.crt");
  }

  private String stem() {
    var name = String.valueOf(files.layout().certificate(authority).getFileName());
    return name.substring(0, name.length() - ".crt".length());
  }

  /** What brings the node from this stage to the next. */
  public Plan next(Stage stage) {
    return switch (stage) {
      case Stage.NotBegun begun -> trustBoth(begun);
      case Stage.TrustsBoth both ->
          both.trustingOne().isEmpty() ? reissue(both) : trustTheRest(both);
      case Stage.Reissued reissued -> dropOrResume(reissued);
      case Stage.Unclear unclear ->
          throw new CertificatesFailure(
              unclear.problem(), unclear.remedy() + "; nothing was changed");
    };
  }

  private Plan trustBoth(Stage.NotBegun begun) {
    var reissue = new Reissue(files, forge, terms);
    var algorithm = terms.algorithm().orElse(Reissue.algorithmOf(begun.current()));
    var fresh = create(begun.current(), algorithm);
    var bundle = List.of(begun.current(), fresh.certificate());
    reissue.authorityFile(authority, bundle);
    reissue.text(
        nextKey(), PrivateKeys.pem(fresh.key(), fresh.certificate().getPublicKey()), Access.SECRET);
    var key = PrivateKeys.read(files.layout().key(authority));
    reissue.use(authority, new CertificateAuthority(begun.current(), key, "ca"), bundle);
    sign(reissue, begun.current());
    trust(reissue, bundle);
    return reissue.plan("rotate " + authority.label() + ": trust both");
  }

  /** On a node that got the authority's files from another one. */
  private Plan trustTheRest(Stage.TrustsBoth both) {
    var reissue = new Reissue(files, forge, terms);
    var bundle = List.of(both.old(), both.fresh());
    var key = PrivateKeys.read(files.layout().key(authority));
    reissue.use(authority, new CertificateAuthority(both.old(), key, "ca"), bundle);
    sign(reissue, both.old());
    trust(reissue, bundle);
    return reissue.plan("rotate " + authority.label() + ": trust both");
  }

  private CertificateAuthority create(X509Certificate like, KeyAlgorithm algorithm) {
    var keys = forge.forge(algorithm, List.of("ca")).values().iterator().next();
    return CertificateAuthority.create(
        Certificates.template(like)
            .valid(terms.now().minus(Duration.ofMinutes(5)), terms.now().plus(terms.caValidity())),
        keys,
        forge.random());
  }

  private Plan reissue(Stage.TrustsBoth both) {
    var reissue = new Reissue(files, forge, terms);
    var bundle = List.of(both.fresh(), both.old());
    var signer = new CertificateAuthority(both.fresh(), PrivateKeys.read(nextKey()), "ca");
    reissue.authorityPair(authority, signer, bundle);
    reissue.delete(nextKey());
    reissue.use(authority, signer, bundle);
    sign(reissue, both.fresh());
    everything(reissue, snapshot.items());
    return reissue.plan("rotate " + authority.label() + ": reissue");
  }

  private Plan dropOrResume(Stage.Reissued reissued) {
    var reissue = new Reissue(files, forge, terms);
    var key = PrivateKeys.read(files.layout().key(authority));
    var signer = new CertificateAuthority(reissued.fresh(), key, "ca");
    if (!reissued.signedByOld().isEmpty()) {
      reissue.use(authority, signer, List.of(reissued.fresh(), reissued.old()));
      // On a node that got the new key from another one, the old certificate still stands beside
      // it.
      sign(reissue, reissued.fresh());
      everything(
          reissue,
          snapshot.items().stream()
              .filter(item -> reissued.signedByOld().contains(item.name()))
              .toList());
      return reissue.plan("rotate " + authority.label() + ": reissue the rest");
    }
    var alone = List.of(reissued.fresh());
    reissue.authorityFile(authority, alone);
    reissue.use(authority, signer, alone);
    unsign(reissue);
    trust(reissue, alone);
    return reissue.plan("rotate " + authority.label() + ": drop the old");
  }

  /** All that this authority signed on the node is signed anew. */
  private void everything(Reissue reissue, List<Item> items) {
    for (var item : items) {
      if (item.signer().filter(authority::equals).isPresent()
          && item.found() instanceof Found.Present present) {
        again(reissue, item, present.first());
      }
    }
  }

  private void again(Reissue reissue, Item item, X509Certificate old) {
    switch (item.kind()) {
      case LEAF -> {
        var leaf =
            Arrays.stream(Leaf.values())
                .filter(candidate -> candidate.label().equals(item.name()))
                .findFirst()
                .orElseThrow();
        reissue.pair(
            files.layout().certificate(leaf),
            files.layout().key(leaf),
            Certificates.template(old),
            authority,
            Reissue.algorithmOf(old));
      }
      case KUBECONFIG, USER_KUBECONFIG -> kubeconfig(reissue, item, old);
      case KUBELET_CLIENT -> rotated(reissue, "kubelet-client", old);
      case KUBELET_SERVING -> rotated(reissue, "kubelet-server", old);
      case AUTHORITY -> throw new IllegalStateException("an authority signs itself");
    }
  }

  private static void rotated(Reissue reissue, String stem, X509Certificate old) {
    reissue.rotatedPem(stem, Certificates.template(old), KeyAlgorithm.ECDSA_P256);
  }

  private void kubeconfig(Reissue reissue, Item item, X509Certificate old) {
    var kubeconfig = Kubeconfig.read(item.found().file());
    if (!kubeconfig.embedsClientCertificate()) {
      reissue.trustOnly(kubeconfig);
    } else if (bundle().stream().anyMatch(ca -> Judgement.isSignedBy(old, ca))) {
      // A user's copy for another cluster is not ours to sign.
      reissue.kubeconfig(kubeconfig, old);
    }
  }

  private void trust(Reissue reissue, List<X509Certificate> bundle) {
    if (authority != Authority.CA) {
      return;
    }
    for (var item : snapshot.items()) {
      var kubeconfig =
          item.kind() == Item.Kind.KUBECONFIG || item.kind() == Item.Kind.USER_KUBECONFIG;
      if (kubeconfig
          && item.found() instanceof Found.Present
          && item.trusts().stream().anyMatch(ca -> isOneOfOurs(ca, bundle))) {
        reissue.trustOnly(Kubeconfig.read(item.found().file()));
      }
    }
  }

  private boolean isOneOfOurs(X509Certificate ca, List<X509Certificate> bundle) {
    return bundle.stream().anyMatch(our -> Certificates.sameKey(our, ca))
        || bundle().stream().anyMatch(our -> Certificates.sameKey(our, ca));
  }

  /** Tells kube-controller-manager to sign with one certificate while ca.crt holds two. */
  private void sign(Reissue reissue, X509Certificate signer) {
    if (authority != Authority.CA || !signsHere()) {
      return;
    }
    reissue.text(signingCertificate(), Certificates.pem(signer), Access.PUBLIC);
    editManifest(reissue, files.layout().certificate(authority), signingCertificate());
  }

  private void unsign(Reissue reissue) {
    if (authority != Authority.CA || !signsHere()) {
      return;
    }
    editManifest(reissue, signingCertificate(), files.layout().certificate(authority));
    reissue.delete(signingCertificate());
  }

  private boolean signsHere() {
    return Files.exists(manifest());
  }

  private Path manifest() {
    return files.manifests().resolve("kube-controller-manager.yaml");
  }

  private void editManifest(Reissue reissue, Path from, Path to) {
    var text = new String(PkiFiles.read(manifest()), StandardCharsets.UTF_8);
    SigningFlag.set(manifest(), text, inside(from), inside(to))
        .ifPresent(edited -> reissue.text(manifest(), edited, Access.SECRET));
  }

  /** The path as the manifests write it, also when this is an image of the node. */
  private String inside(Path path) {
    return "/" + files.root().toAbsolutePath().relativize(path.toAbsolutePath());
  }
}
