package dev.ballast.certificates.requests;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.Renewable;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Content;
import dev.ballast.certificates.change.FileChange;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.creation.ServingNames;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.CertificateRequest;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig.Credentials;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Keys and requests for every certificate of a node; nothing that exists is overwritten. */
public final class SigningRequests {
  private final InitConfiguration configuration;
  private final Layout layout;
  private final Release release;
  private final KeyForge forge;
  private final Consumer<String> warnings;

  /**
   * @param warnings told of names that are left out
   */
  public SigningRequests(
      InitConfiguration configuration,
      Layout layout,
      Release release,
      KeyForge forge,
      Consumer<String> warnings) {
    this.configuration = configuration;
    this.layout = layout;
    this.release = release;
    this.forge = forge;
    this.warnings = warnings;
  }

  /**
   * The files to write: for each certificate {@code NAME.key} and {@code NAME.csr}; for each
   * kubeconfig the file without its certificate, and {@code NAME.conf.csr}.
   *
   * @throws CertificatesFailure when a key or a request exists already
   */
  public Plan plan() {
    List<Renewable> wanted = wanted();
    wanted.forEach(this::refuseToOverwrite);
    Map<String, KeyPair> keys =
        forge.forge(
            configuration.cluster().keyAlgorithm(), wanted.stream().map(Renewable::label).toList());
    var changes = new ArrayList<FileChange>();
    var together = new ArrayList<Set<Path>>();
    for (Renewable one : wanted) {
      KeyPair pair = keys.get(one.label());
      if (pair == null) {
        throw new IllegalStateException("no key for " + one);
      }
      Path holder = keyHolder(one);
      Path request = request(one);
      changes.add(put(holder, holderText(one, pair)));
      changes.add(
          put(request, CertificateRequest.pem(subject(one), names(one), pair, forge.random())));
      together.add(
          Set.of(holder.toAbsolutePath().normalize(), request.toAbsolutePath().normalize()));
    }
    return new Plan("generate-csr", changes, together);
  }

  /** What keys and requests are made for, in the order in which kubeadm names them. */
  public List<Renewable> wanted() {
    boolean external = configuration.cluster().externalEtcd();
    return Stream.concat(
            Arrays.stream(Leaf.values())
                .filter(leaf -> !external || leaf.authority() != Authority.ETCD_CA),
            Arrays.stream(KubeconfigFile.values())
                .filter(file -> release.hasSuperAdmin() || file != KubeconfigFile.SUPER_ADMIN))
        .map(Renewable.class::cast)
        .toList();
  }

  private void refuseToOverwrite(Renewable one) {
    for (Path file : List.of(keyHolder(one), request(one))) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new CertificatesFailure(
            "file already exists: key or CSR " + file + "; nothing was written",
            "move it away, or name another directory with --cert-dir and --kubeconfig-dir");
      }
    }
  }

  private Path keyHolder(Renewable one) {
    return switch (one) {
      case Leaf leaf -> layout.key(leaf);
      case KubeconfigFile file -> layout.kubeconfig(file);
    };
  }

  private Path request(Renewable one) {
    return switch (one) {
      case Leaf leaf -> layout.certificatesDir().resolve(leaf.baseName() + ".csr");
      case KubeconfigFile file -> layout.kubeconfigDir().resolve(file.label() + ".csr");
    };
  }

  private String holderText(Renewable one, KeyPair pair) {
    String key = PrivateKeys.pem(pair.getPrivate(), pair.getPublic());
    return switch (one) {
      case Leaf _ -> key;
      case KubeconfigFile file ->
          new NewKubeconfig(
                  configuration.cluster().clusterName(),
                  server(file),
                  authority(),
                  file.userName(configuration.nodeName()),
                  new Credentials.KeyAlone(key))
              .text();
    };
  }

  /** The CA certificate where it is there already; it can be added later. */
  private String authority() {
    return switch (Inventory.certificates(layout.certificate(Authority.CA))) {
      case Found.Present present -> Certificates.pem(present.first());
      case Found.Absent _, Found.Unusable _ -> "";
    };
  }

  private String server(KubeconfigFile file) {
    return switch (file) {
      case ADMIN, SUPER_ADMIN, KUBELET -> configuration.server();
      case CONTROLLER_MANAGER, SCHEDULER -> configuration.localServer();
    };
  }

  private DistinguishedName subject(Renewable one) {
    String node = configuration.nodeName();
    return switch (one) {
      case Leaf leaf -> DistinguishedName.of(leaf.commonName(node), leaf.organizations(release));
      case KubeconfigFile file ->
          DistinguishedName.of(file.userName(node), file.organizations(release));
    };
  }

  private List<AlternativeName> names(Renewable one) {
    return switch (one) {
      case Leaf leaf -> ServingNames.of(leaf, configuration, warnings);
      case KubeconfigFile _ -> List.of();
    };
  }

  private static FileChange put(Path path, String text) {
    return new FileChange.Put(path, Content.of(text), Access.SECRET);
  }
}
