package dev.ballast.certificates.creation;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.DistinguishedName;
import dev.ballast.pki.Judgement;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the certificates and kubeconfigs of a control-plane node. What exists and is right is used
 * again; what exists and is wrong is an error, never overwritten. A repeat changes nothing.
 */
public final class ClusterCreation {
  /** Other machines' clocks may be a little behind. */
  public static final Duration BACKDATE = Duration.ofMinutes(5);

  private static final String SERVICE_ACCOUNT = "sa";

  private final InitConfiguration configuration;
  private final Layout layout;
  private final Release release;
  private final KeyForge forge;
  private final Instant start;
  private final Consumer<String> narration;

  /**
   * @param start the one time that all certificates start from
   * @param narration told of each step in kubeadm's words
   */
  public ClusterCreation(
      InitConfiguration configuration,
      Layout layout,
      Release release,
      KeyForge forge,
      Instant start,
      Consumer<String> narration) {
    this.configuration = configuration;
    this.layout = layout;
    this.release = release;
    this.forge = forge;
    this.start = start;
    this.narration = narration;
  }

  /** An authority as it stands on the disk; without a key it is somebody else's. */
  private record Standing(X509Certificate certificate, Optional<CertificateAuthority> signer) {}

  /**
   * {@code init phase certs all}, then {@code init phase kubeconfig all}.
   *
   * @throws CertificatesFailure when something that exists does not fit
   */
  public void createAll() {
    createCertificates();
    createKubeconfigs();
  }

  /** The authorities, the leafs and the service account key. */
  public void createCertificates() {
    narration.accept("[certs] Using certificateDir folder \"" + layout.certificatesDir() + "\"");
    Map<String, KeyPair> keys = forge.forge(configuration.cluster().keyAlgorithm(), missingKeys());
    for (Authority authority : Authority.values()) {
      if (isOurs(authority)) {
        Standing standing = stand(authority, keys);
        for (Leaf leaf : Leaf.values()) {
          if (leaf.authority() == authority) {
            create(leaf, standing, keys);
          }
        }
      }
    }
    createServiceAccountKey(keys);
    narration.accept(
        "[certs] Valid certificates and keys now exist in \"" + layout.certificatesDir() + "\"");
  }

  private boolean isOurs(Authority authority) {
    return authority != Authority.ETCD_CA || !configuration.cluster().externalEtcd();
  }

  private List<String> missingKeys() {
    var missing = new ArrayList<String>();
    for (Authority authority : Authority.values()) {
      if (isOurs(authority) && Files.notExists(layout.certificate(authority))) {
        missing.add(authority.baseName());
      }
    }
    for (Leaf leaf : Leaf.values()) {
      if (isOurs(leaf.authority()) && Files.notExists(layout.certificate(leaf))) {
        missing.add(leaf.baseName());
      }
    }
    if (Files.notExists(layout.serviceAccountKey())) {
      missing.add(SERVICE_ACCOUNT);
    }
    return missing;
  }

  private Standing stand(Authority authority, Map<String, KeyPair> keys) {
    Path certificate = layout.certificate(authority);
    Path key = layout.key(authority);
    if (Files.notExists(certificate)) {
      narration.accept("[certs] Generating \"" + authority.baseName() + "\" certificate and key");
      CertificateAuthority made =
          CertificateAuthority.create(
              template(authority), key(keys, authority.baseName()), forge.random());
      write(key, PrivateKeys.pem(made.key(), made.certificate().getPublicKey()), PkiFiles.SECRET);
      write(certificate, Certificates.pem(made.certificate()), PkiFiles.PUBLIC);
      return new Standing(made.certificate(), Optional.of(made));
    }
    X509Certificate found = Certificates.read(certificate).getFirst();
    if (!Certificates.isAuthority(found)) {
      throw new CertificatesFailure(
          certificate + ": the certificate is not a certificate authority",
          "put the CA certificate of the cluster there, or move the file away");
    }
    if (Files.notExists(key)) {
      narration.accept(
          "[certs] Using existing " + authority.baseName() + " keyless certificate authority");
      return new Standing(found, Optional.empty());
    }
    narration.accept("[certs] Using existing " + authority.baseName() + " certificate authority");
    return new Standing(
        found,
        Optional.of(
            new CertificateAuthority(found, PrivateKeys.read(key), certificate.toString())));
  }

  private CertificateTemplate template(Authority authority) {
    return new CertificateTemplate(
        DistinguishedName.of(authority.commonName(), List.of()),
        List.of(AlternativeName.dns(authority.commonName())),
        List.of(),
        true,
        start.minus(BACKDATE),
        start.plus(configuration.cluster().caValidity()),
        List.of());
  }

  private void create(Leaf leaf, Standing authority, Map<String, KeyPair> keys) {
    List<AlternativeName> names = ServingNames.of(leaf, configuration, narration);
    Path file = layout.certificate(leaf);
    if (Files.exists(file)) {
      check(leaf, Certificates.read(file), authority.certificate(), names);
      narration.accept(
          "[certs] Using existing " + leaf.baseName() + " certificate and key on disk");
      return;
    }
    CertificateAuthority signer =
        authority
            .signer()
            .orElseThrow(() ->
                new CertificatesFailure(
                    file
                        + " does not exist, and "
                        + layout.key(leaf.authority())
                        + " is not here to sign it",
                    "have it signed where the key is: ballast certs generate-csr"));
    narration.accept("[certs] Generating \"" + leaf.baseName() + "\" certificate and key");
    if (!names.isEmpty()) {
      narration.accept(servingLine(leaf, names));
    }
    KeyPair pair = key(keys, leaf.baseName());
    X509Certificate made =
        signer.sign(
            new CertificateTemplate(
                DistinguishedName.of(
                    leaf.commonName(configuration.nodeName()), leaf.organizations(release)),
                names,
                leaf.purposes(),
                false,
                start.minus(BACKDATE),
                start.plus(configuration.cluster().validity()),
                List.of()),
            pair.getPublic(),
            forge.random());
    write(layout.key(leaf), PrivateKeys.pem(pair.getPrivate(), pair.getPublic()), PkiFiles.SECRET);
    write(file, Certificates.pem(made), PkiFiles.PUBLIC);
  }

  private static String servingLine(Leaf leaf, List<AlternativeName> names) {
    return "[certs] %s serving cert is signed for DNS names [%s] and IPs [%s]"
        .formatted(
            leaf.baseName(),
            joined(names, AlternativeName.Kind.DNS),
            joined(names, AlternativeName.Kind.IP));
  }

  private static String joined(List<AlternativeName> names, AlternativeName.Kind kind) {
    return String.join(
        " ", names.stream().filter(n -> n.kind() == kind).map(AlternativeName::text).toList());
  }

  private void check(
      Leaf leaf,
      List<X509Certificate> chain,
      X509Certificate authority,
      List<AlternativeName> wanted) {
    var found = chain.getFirst();
    if (!Judgement.leadsTo(chain, List.of(authority))) {
      throw new CertificatesFailure(
          layout.certificate(leaf)
              + ": certificate "
              + leaf.baseName()
              + " is not signed by corresponding CA",
          "move it and its key away so that they are made anew");
    }
    if (Files.notExists(layout.key(leaf))) {
      throw new CertificatesFailure(
          layout.key(leaf) + ": no such file or directory",
          "bring the key back, or move the certificate away so that both are made anew");
    }
    if (!PrivateKeys.matches(PrivateKeys.read(layout.key(leaf)), found.getPublicKey())) {
      throw new CertificatesFailure(
          layout.key(leaf) + " is not the key of " + layout.certificate(leaf),
          "move both away so that they are made anew");
    }
    var missing = new ArrayList<>(wanted);
    missing.removeAll(Certificates.names(found));
    if (!missing.isEmpty()) {
      throw new CertificatesFailure(
          layout.certificate(leaf) + ": certificate " + leaf.baseName() + " lacks " + missing,
          "move it and its key away so that they are made anew");
    }
  }

  private void createServiceAccountKey(Map<String, KeyPair> keys) {
    if (Files.exists(layout.serviceAccountKey())) {
      narration.accept("[certs] Using the existing \"sa\" key");
      if (Files.notExists(layout.serviceAccountPublicKey())) {
        PrivateKey key = PrivateKeys.read(layout.serviceAccountKey());
        var half =
            PrivateKeys.publicOf(key)
                .orElseThrow(() ->
                    new CertificatesFailure(
                        layout.serviceAccountPublicKey() + ": no such file or directory",
                        "make it with openssl pkey -in sa.key -pubout -out sa.pub"));
        write(layout.serviceAccountPublicKey(), PrivateKeys.publicPem(half), PkiFiles.SECRET);
      }
      return;
    }
    narration.accept("[certs] Generating \"sa\" key and public key");
    KeyPair pair = key(keys, SERVICE_ACCOUNT);
    write(
        layout.serviceAccountKey(),
        PrivateKeys.pem(pair.getPrivate(), pair.getPublic()),
        PkiFiles.SECRET);
    write(
        layout.serviceAccountPublicKey(), PrivateKeys.publicPem(pair.getPublic()), PkiFiles.SECRET);
  }

  /** The kubeconfigs of this release, kubelet.conf among them. */
  public void createKubeconfigs() {
    narration.accept("[kubeconfig] Using kubeconfig folder \"" + layout.kubeconfigDir() + "\"");
    X509Certificate ca = Certificates.read(layout.certificate(Authority.CA)).getFirst();
    var missing = new EnumMap<KubeconfigFile, Path>(KubeconfigFile.class);
    for (KubeconfigFile kind : KubeconfigFile.values()) {
      if (release.hasSuperAdmin() || kind != KubeconfigFile.SUPER_ADMIN) {
        Path file = layout.kubeconfig(kind);
        if (Files.exists(file)) {
          check(file, kind, ca);
        } else {
          missing.put(kind, file);
        }
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    var signer =
        new CertificateAuthority(
            ca,
            PrivateKeys.read(layout.key(Authority.CA)),
            layout.certificate(Authority.CA).toString());
    Map<String, KeyPair> keys =
        forge.forge(
            configuration.cluster().keyAlgorithm(),
            missing.keySet().stream().map(KubeconfigFile::label).toList());
    missing.forEach((kind, file) -> create(kind, file, signer, key(keys, kind.label())));
  }

  private void check(Path file, KubeconfigFile kind, X509Certificate ca) {
    Kubeconfig existing = Kubeconfig.read(file);
    if (existing.authorities().stream().noneMatch(ca::equals)) {
      throw new CertificatesFailure(
          "a kubeconfig file " + file + " exists already but has got the wrong CA cert",
          "move it away so that it is made anew");
    }
    String wanted = server(kind);
    if (!existing.server().filter(wanted::equals).isPresent()) {
      throw new CertificatesFailure(
          "a kubeconfig file %s exists already but has an unexpected API Server URL: expected: %s, got: %s"
              .formatted(file, wanted, existing.server().orElse("none")),
          "move it away so that it is made anew");
    }
    narration.accept("[kubeconfig] Using existing kubeconfig file: \"" + file + "\"");
  }

  private String server(KubeconfigFile kind) {
    return switch (kind) {
      case ADMIN, SUPER_ADMIN -> configuration.server();
      case KUBELET ->
          release.keepsKubeletLocal() ? configuration.localServer() : configuration.server();
      case CONTROLLER_MANAGER, SCHEDULER -> configuration.localServer();
    };
  }

  private void create(KubeconfigFile kind, Path file, CertificateAuthority signer, KeyPair pair) {
    String user = kind.userName(configuration.nodeName());
    X509Certificate certificate =
        signer.sign(
            new CertificateTemplate(
                DistinguishedName.of(user, kind.organizations(release)),
                List.of(),
                kind.purposes(),
                false,
                start.minus(BACKDATE),
                start.plus(configuration.cluster().validity()),
                List.of()),
            pair.getPublic(),
            forge.random());
    narration.accept("[kubeconfig] Writing \"" + kind.label() + "\" kubeconfig file");
    write(
        file,
        new NewKubeconfig(
                configuration.cluster().clusterName(),
                server(kind),
                Certificates.pem(signer.certificate()),
                user,
                new Credentials.Certificate(
                    Certificates.pem(certificate),
                    PrivateKeys.pem(pair.getPrivate(), pair.getPublic())))
            .text(),
        PkiFiles.SECRET);
  }

  private static KeyPair key(Map<String, KeyPair> keys, String name) {
    KeyPair pair = keys.get(name);
    if (pair == null) {
      throw new CertificatesFailure(
          "the files of " + name + " were taken away while they were read", "run it again");
    }
    return pair;
  }

  private static void write(Path file, String text, String mode) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      PkiFiles.replace(file, text.getBytes(StandardCharsets.UTF_8), mode);
    } catch (IOException e) {
      throw new CertificatesFailure(
          "cannot write " + file + ": " + PkiFiles.reason(e),
          "make the directory writable and repeat; what was written before is used again",
          e);
    }
  }
}
