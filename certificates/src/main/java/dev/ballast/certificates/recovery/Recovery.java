package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ServingNames;
import dev.ballast.certificates.recovery.RecoveryDecision.Verdict;
import dev.ballast.certificates.report.Item;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Turns a decision into the plan of files that makes it so. */
public final class Recovery {
  private static final Duration BACKDATE = Duration.ofMinutes(5);

  private final NodeFiles files;
  private final Reissue reissue;
  private final Reissue.Terms terms;
  private final KeyForge forge;
  private final InitConfiguration configuration;
  private final Release release;

  /**
   * A recovery of a node.
   *
   * @param configuration what missing certificates are made from
   */
  public Recovery(
      NodeFiles files,
      KeyForge forge,
      Reissue.Terms terms,
      InitConfiguration configuration,
      Release release) {
    this.files = files;
    this.forge = forge;
    this.terms = terms;
    this.configuration = configuration;
    this.release = release;
    this.reissue = new Reissue(files, forge, terms);
  }

  /** The files as they shall be. Makes keys, and may take seconds with RSA. */
  public Plan plan(RecoveryDecision decision) {
    for (var line : decision.lines()) {
      if (line.item().kind() == Item.Kind.AUTHORITY) {
        authority(line);
      }
    }
    for (var line : decision.lines()) {
      if (line.item().kind() != Item.Kind.AUTHORITY) {
        perform(line.item(), line.verdict());
      }
    }
    return reissue.plan("recover");
  }

  private void authority(RecoveryDecision.Line line) {
    var authority = Authority.labelled(line.item().name()).orElseThrow();
    if (!(line.item().found() instanceof Found.Present present)
        || !(line.item().key() instanceof Item.KeyState.Matches)) {
      return;
    }
    var key = PrivateKeys.read(files.layout().key(authority));
    var standing = new CertificateAuthority(present.first(), key, present.file().toString());
    if (line.verdict() instanceof Verdict.RenewAuthority) {
      var renewed =
          standing.renewed(
              terms.now().minus(BACKDATE), terms.now().plus(terms.caValidity()), forge.random());
      var bundle = new ArrayList<>(present.certificates());
      bundle.set(0, renewed.certificate());
      reissue.authorityFile(authority, bundle);
      reissue.use(authority, renewed, bundle);
      return;
    }
    reissue.use(authority, standing, present.certificates());
  }

  private void perform(Item item, Verdict verdict) {
    switch (verdict) {
      case Verdict.Keep _, Verdict.Cannot _, Verdict.RenewAuthority _ -> {
        // Nothing of this file changes.
      }
      case Verdict.Trust _ -> reissue.trustOnly(Kubeconfig.read(item.found().file()));
      case Verdict.Discard _ -> discard(item);
      case Verdict.Reissue _ -> again(item, ((Found.Present) item.found()).first());
      case Verdict.Create _ -> create(item);
    }
  }

  private void discard(Item item) {
    var certificate = item.found().file();
    var key = certificate.resolveSibling("kubelet.key");
    reissue.deleteTogether(certificate, key);
  }

  private void again(Item item, X509Certificate old) {
    switch (item.kind()) {
      case LEAF -> {
        var leaf = leaf(item);
        reissue.pair(
            files.layout().certificate(leaf),
            files.layout().key(leaf),
            Certificates.template(old),
            leaf.authority(),
            Reissue.algorithmOf(old));
      }
      case KUBECONFIG -> {
        if (item.name().equals(KubeconfigFile.KUBELET.label())) {
          kubeletConf(item.found().file(), old);
        } else {
          reissue.kubeconfig(Kubeconfig.read(item.found().file()), old);
        }
      }
      case USER_KUBECONFIG -> reissue.copyOf(original(old), Kubeconfig.read(item.found().file()));
      case KUBELET_CLIENT ->
          reissue.rotatedPem("kubelet-client", Certificates.template(old), KeyAlgorithm.ECDSA_P256);
      case KUBELET_SERVING ->
          reissue.rotatedPem("kubelet-server", Certificates.template(old), KeyAlgorithm.ECDSA_P256);
      case AUTHORITY -> throw new IllegalStateException("authorities come first");
    }
  }

  private static Leaf leaf(Item item) {
    return Arrays.stream(Leaf.values())
        .filter(leaf -> leaf.label().equals(item.name()))
        .findFirst()
        .orElseThrow();
  }

  /** The kubeconfig of the same subject. */
  private Path original(X509Certificate copy) {
    for (var kind : List.of(KubeconfigFile.ADMIN, KubeconfigFile.SUPER_ADMIN)) {
      var file = files.layout().kubeconfig(kind);
      if (Files.exists(file)
          && Kubeconfig.read(file).clientCertificates().stream()
              .anyMatch(c -> c.getSubjectX500Principal().equals(copy.getSubjectX500Principal()))) {
        return file;
      }
    }
    throw new CertificatesFailure(
        "no kubeconfig of "
            + copy.getSubjectX500Principal()
            + " is in "
            + files.layout().kubeconfigDir(),
        "make a new one: ballast kubeconfig user");
  }

  /**
   * kubelet.conf names the rotated file; where it embeds a certificate, as before 1.17, it is
   * changed to name it, since the kubelet keeps only that file alive.
   */
  private void kubeletConf(Path file, X509Certificate old) {
    var kubeconfig = Kubeconfig.parse(file, Texts.read(file));
    if (!kubeconfig.embedsClientCertificate()) {
      if (!Files.exists(files.kubeletClient())) {
        reissue.rotatedPem("kubelet-client", Certificates.template(old), KeyAlgorithm.ECDSA_P256);
      }
      reissue.trustOnly(kubeconfig);
      return;
    }
    if (!Files.exists(files.kubeletClient())) {
      reissue.rotatedPem("kubelet-client", Certificates.template(old), KeyAlgorithm.ECDSA_P256);
    }
    reissue.kubeletConf(kubeconfig, kubeletPem());
  }

  private void keepKubeletConf(Kubeconfig kubeconfig) {
    if (kubeconfig.embedsClientCertificate()) {
      reissue.kubeletConf(kubeconfig, kubeletPem());
    } else {
      reissue.trustOnly(kubeconfig);
    }
  }

  /** The path as the kubelet will see it, also when this is an image of its node. */
  private String kubeletPem() {
    return "/"
        + files.root().toAbsolutePath().relativize(files.kubeletClientLink().toAbsolutePath());
  }

  private void writeKubeletConf(Path file, String clusterName) {
    var pem = kubeletPem();
    reissue.text(
        file,
        new NewKubeconfig(
                clusterName,
                server(),
                Certificates.pem(reissue.trust()),
                "system:node:" + configuration.nodeName(),
                new NewKubeconfig.Credentials.Files(pem, pem))
            .text(),
        Access.SECRET);
  }

  /** Where clients of this node find the API server: admin.conf knows, else the configuration. */
  private String server() {
    return readable(files.layout().kubeconfig(KubeconfigFile.ADMIN))
        .flatMap(Kubeconfig::server)
        .orElseGet(configuration::server);
  }

  private static Optional<Kubeconfig> readable(Path file) {
    try {
      return Files.exists(file) ? Optional.of(Kubeconfig.read(file)) : Optional.empty();
    } catch (PkiFailure e) {
      // A file that is not a kubeconfig has nothing that could be kept.
      return Optional.empty();
    }
  }

  private void create(Item item) {
    switch (item.kind()) {
      case LEAF -> {
        var leaf = leaf(item);
        reissue.pair(
            files.layout().certificate(leaf),
            files.layout().key(leaf),
            template(
                DistinguishedName.of(
                    leaf.commonName(configuration.nodeName()), leaf.organizations(release)),
                ServingNames.of(leaf, configuration, _ -> {}),
                leaf.purposes()),
            leaf.authority(),
            configuration.cluster().keyAlgorithm());
      }
      case KUBECONFIG -> createKubeconfig(item);
      case KUBELET_CLIENT ->
          reissue.rotatedPem("kubelet-client", kubeletTemplate(), KeyAlgorithm.ECDSA_P256);
      case KUBELET_SERVING, USER_KUBECONFIG, AUTHORITY -> {
        // The kubelet makes its own; users and authorities cannot be guessed.
      }
    }
  }

  private void createKubeconfig(Item item) {
    var kind =
        Arrays.stream(KubeconfigFile.values())
            .filter(file -> file.label().equals(item.name()))
            .findFirst()
            .orElseThrow();
    var file = files.layout().kubeconfig(kind);
    var cluster = configuration.cluster().clusterName();
    switch (kind) {
      case KUBELET -> {
        if (!Files.exists(files.kubeletClient())) {
          reissue.rotatedPem("kubelet-client", kubeletTemplate(), KeyAlgorithm.ECDSA_P256);
        }
        // Only its certificate may be unusable: server, proxy and names in it are kept.
        readable(file)
            .ifPresentOrElse(this::keepKubeletConf, () -> writeKubeletConf(file, cluster));
      }
      case ADMIN, SUPER_ADMIN ->
          reissue.newKubeconfig(file, cluster, configuration.server(), userTemplate(kind));
      case CONTROLLER_MANAGER, SCHEDULER ->
          reissue.newKubeconfig(file, cluster, configuration.localServer(), userTemplate(kind));
    }
  }

  private CertificateTemplate userTemplate(KubeconfigFile kind) {
    return template(
        DistinguishedName.of(kind.userName(configuration.nodeName()), kind.organizations(release)),
        List.of(),
        kind.purposes());
  }

  private CertificateTemplate kubeletTemplate() {
    return template(
        DistinguishedName.of("system:node:" + configuration.nodeName(), List.of("system:nodes")),
        List.of(),
        List.of(Purpose.CLIENT_AUTH));
  }

  private CertificateTemplate template(
      DistinguishedName subject, List<AlternativeName> names, List<String> purposes) {
    return new CertificateTemplate(
        subject,
        names,
        purposes,
        false,
        terms.now().minus(BACKDATE),
        terms.now().plus(terms.validity()),
        List.of());
  }
}
