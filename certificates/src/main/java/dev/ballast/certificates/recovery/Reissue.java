package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Content;
import dev.ballast.certificates.change.FileChange;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.CertificateTemplate;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import dev.ballast.pki.kubeconfig.NewKubeconfig;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Gathers what is to be made anew on a node, then makes all keys at once and signs: the result is a
 * plan of files, and nothing is written here.
 */
public final class Reissue {
  /** Other machines' clocks may be a little behind; kubeadm's own number. */
  private static final Duration BACKDATE = Duration.ofMinutes(5);

  private static final DateTimeFormatter ROTATED =
      DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss").withZone(ZoneOffset.UTC);

  /** How long new certificates live, and which keys they have. */
  public record Terms(
      Instant now, Duration validity, Duration caValidity, Optional<KeyAlgorithm> algorithm) {}

  private record Order(KeyAlgorithm algorithm, Consumer<KeyPair> filled) {}

  private final NodeFiles files;
  private final KeyForge forge;
  private final Terms terms;
  private final Map<Authority, CertificateAuthority> signers = new EnumMap<>(Authority.class);
  private final Map<Authority, List<X509Certificate>> trusted = new EnumMap<>(Authority.class);
  private final List<Order> orders = new ArrayList<>();
  private final Map<Path, FileChange> changes = new LinkedHashMap<>();
  private final List<Set<Path>> together = new ArrayList<>();
  private final Map<Path, Kubeconfig> written = new LinkedHashMap<>();

  public Reissue(NodeFiles files, KeyForge forge, Terms terms) {
    this.files = files;
    this.forge = forge;
    this.terms = terms;
  }

  /** Signs with this authority, and lets kubeconfigs trust these certificates. */
  public void use(Authority authority, CertificateAuthority signer, List<X509Certificate> trust) {
    signers.put(authority, signer);
    trusted.put(authority, List.copyOf(trust));
  }

  /** The authority that signs for this one. */
  public CertificateAuthority signer(Authority authority) {
    var signer = signers.get(authority);
    if (signer == null) {
      throw new CertificatesFailure(
          "the key of " + authority.label() + " is not here",
          "run this where the key is; nothing was changed");
    }
    return signer;
  }

  /** Puts an authority's certificates into its file; its key stays. */
  public void authorityFile(Authority authority, List<X509Certificate> certificates) {
    put(files.layout().certificate(authority), Certificates.pem(certificates), Access.PUBLIC);
  }

  /** Puts a new authority with its key into its files. */
  public void authorityPair(
      Authority authority, CertificateAuthority signer, List<X509Certificate> bundle) {
    authorityFile(authority, bundle);
    var key = files.layout().key(authority);
    put(key, PrivateKeys.pem(signer.key(), signer.certificate().getPublicKey()), Access.SECRET);
    together.add(Set.of(key, files.layout().certificate(authority)));
  }

  /** A pair of files that says what the template says, with a new key. */
  public void pair(
      Path certificate,
      Path key,
      CertificateTemplate template,
      Authority authority,
      KeyAlgorithm usual) {
    order(
        usual,
        pair -> {
          var signed = sign(template, authority, pair);
          put(key, PrivateKeys.pem(pair.getPrivate(), pair.getPublic()), Access.SECRET);
          put(certificate, Certificates.pem(signed), Access.PUBLIC);
          together.add(Set.of(certificate, key));
        });
  }

  /** The kubeconfig with a new client certificate and the authorities of now. */
  public void kubeconfig(Kubeconfig kubeconfig, X509Certificate old) {
    order(
        algorithmOf(old),
        pair -> {
          var signed = sign(Certificates.template(old), Authority.CA, pair);
          store(
              kubeconfig
                  .withClient(
                      Certificates.pem(signed),
                      PrivateKeys.pem(pair.getPrivate(), pair.getPublic()))
                  .withAuthorities(trust()));
        });
  }

  /** A kubeconfig that was not there. */
  public void newKubeconfig(
      Path file, String clusterName, String server, CertificateTemplate template) {
    order(
        KeyAlgorithm.RSA_2048,
        pair -> {
          var signed = sign(template, Authority.CA, pair);
          var credentials =
              new NewKubeconfig.Credentials.Certificate(
                  Certificates.pem(signed), PrivateKeys.pem(pair.getPrivate(), pair.getPublic()));
          var text =
              new NewKubeconfig(
                      clusterName,
                      server,
                      Certificates.pem(trust()),
                      template.subject().commonName().orElse("user"),
                      credentials)
                  .text();
          store(Kubeconfig.parse(file, text));
        });
  }

  /** A user's copy gets what the original has got. */
  public void copyOf(Path original, Kubeconfig copy) {
    // After the originals: orders are filled in the order in which they were given.
    orders.add(
        new Order(
            KeyAlgorithm.ECDSA_P256,
            _ -> {
              var source = written.getOrDefault(original, null);
              if (source == null) {
                source = Kubeconfig.read(original);
              }
              store(
                  copy.withClient(Certificates.pem(source.clientCertificates()), keyPem(source))
                      .withAuthorities(trust()));
            }));
  }

  private static String keyPem(Kubeconfig source) {
    var key =
        source
            .clientKey()
            .orElseThrow(() ->
                new CertificatesFailure(source.file() + " holds no client key", "renew it first"));
    return PrivateKeys.pem(key, source.clientCertificates().getFirst().getPublicKey());
  }

  /** The kubeconfig trusts the authorities of now; all else stays. */
  public void trustOnly(Kubeconfig kubeconfig) {
    store(kubeconfig.withAuthorities(trust()));
  }

  /** The kubelet's kubeconfig refers to the file that it rotates; all else stays. */
  void kubeletConf(Kubeconfig kubeconfig, String pem) {
    store(kubeconfig.withClientFile(pem).withAuthorities(trust()));
  }

  /** A dated file with certificate and key, and the link to it, as the kubelet rotates them. */
  public void rotatedPem(String stem, CertificateTemplate template, KeyAlgorithm usual) {
    order(
        usual,
        pair -> {
          var signed = sign(template, Authority.CA, pair);
          var dated = Path.of(stem + "-" + ROTATED.format(terms.now()) + ".pem");
          put(
              files.kubeletPki().resolve(dated),
              Certificates.pem(signed) + PrivateKeys.pem(pair.getPrivate(), pair.getPublic()),
              Access.SECRET);
          var link = files.kubeletPki().resolve(stem + "-current.pem");
          changes.put(link, new FileChange.Link(link, dated));
        });
  }

  public void delete(Path file) {
    changes.put(file, new FileChange.Delete(file));
  }

  /** A whole text, as of a manifest or a kubeconfig that is not changed in place. */
  public void text(Path file, String text, Access access) {
    put(file, text, access);
  }

  /** Deletes that only make sense together. */
  public void deleteTogether(Path one, Path other) {
    delete(one);
    delete(other);
    together.add(Set.of(one, other));
  }

  /** Makes the keys, signs, and tells what the files shall be. */
  public Plan plan(String reason) {
    var byAlgorithm = new EnumMap<KeyAlgorithm, List<String>>(KeyAlgorithm.class);
    for (int i = 0; i < orders.size(); i++) {
      byAlgorithm
          .computeIfAbsent(orders.get(i).algorithm(), _ -> new ArrayList<>())
          .add(String.valueOf(i));
    }
    var pairs = new LinkedHashMap<String, KeyPair>();
    byAlgorithm.forEach((algorithm, names) -> pairs.putAll(forge.forge(algorithm, names)));
    for (int i = 0; i < orders.size(); i++) {
      var pair = pairs.get(String.valueOf(i));
      if (pair == null) {
        throw new IllegalStateException("no key was made for order " + i);
      }
      orders.get(i).filled().accept(pair);
    }
    return new Plan(reason, List.copyOf(changes.values()), together);
  }

  private void order(KeyAlgorithm usual, Consumer<KeyPair> filled) {
    orders.add(new Order(terms.algorithm().orElse(usual), filled));
  }

  /** The algorithm of a certificate's key, where it is one that kubeadm knows. */
  public static KeyAlgorithm algorithmOf(X509Certificate certificate) {
    return KeyAlgorithm.of(certificate.getPublicKey()).orElse(KeyAlgorithm.RSA_2048);
  }

  private X509Certificate sign(CertificateTemplate template, Authority authority, KeyPair pair) {
    var signer = signer(authority);
    var end = terms.now().plus(terms.validity());
    var last = signer.certificate().getNotAfter().toInstant();
    // A leaf that outlives its authority promises what it cannot keep.
    return signer.sign(
        template.valid(terms.now().minus(BACKDATE), end.isBefore(last) ? end : last),
        pair.getPublic(),
        forge.random());
  }

  /** The CA certificates that kubeconfigs trust. */
  List<X509Certificate> trust() {
    return trusted.getOrDefault(Authority.CA, List.of());
  }

  private void store(Kubeconfig kubeconfig) {
    written.put(kubeconfig.file(), kubeconfig);
    put(kubeconfig.file(), kubeconfig.text(), Access.SECRET);
  }

  private void put(Path file, String text, Access access) {
    changes.put(file, new FileChange.Put(file, Content.of(text), access));
  }
}
