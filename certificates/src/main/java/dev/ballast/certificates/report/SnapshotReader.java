package dev.ballast.certificates.report;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.staticpods.Manifests;
import dev.ballast.certificates.staticpods.StaticPod;
import dev.ballast.certificates.staticpods.StaticPodFailure;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PkiFiles;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.Purpose;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Reads the files of a node; a file that cannot be read becomes a fact and stops nothing. */
public final class SnapshotReader {
  /** How surely a private key is matched with its certificate. */
  enum Proof {
    /** By a signature with the one that the other verifies. */
    SIGNATURE,
    /** By what a key file of ECDSA says about its public half, where it does: cheap. */
    STATED
  }

  private final NodeFiles files;
  private final Proof proof;
  private final List<Item> items = new ArrayList<>();
  private Optional<Instant> newest = Optional.empty();

  private SnapshotReader(NodeFiles files, Proof proof) {
    this.files = files;
    this.proof = proof;
  }

  public static NodeSnapshot read(NodeFiles files, Instant now) {
    return read(files, now, Proof.SIGNATURE);
  }

  static NodeSnapshot read(NodeFiles files, Instant now, Proof proof) {
    return new SnapshotReader(files, proof).read(now);
  }

  private NodeSnapshot read(Instant now) {
    var layout = files.layout();
    var controlPlane =
        Files.exists(layout.certificate(Leaf.APISERVER))
            || Files.exists(layout.key(Authority.CA))
            || Files.exists(layout.kubeconfig(KubeconfigFile.ADMIN))
            || Files.exists(files.manifests().resolve("kube-apiserver.yaml"));
    var authorities = readAuthorities(controlPlane);
    if (controlPlane) {
      for (var leaf : Leaf.values()) {
        readLeaf(leaf);
      }
    }
    for (var kind : KubeconfigFile.values()) {
      if (controlPlane || kind == KubeconfigFile.KUBELET) {
        readKubeconfig(kind.label(), Item.Kind.KUBECONFIG, layout.kubeconfig(kind), true);
      }
    }
    for (var home : files.homes()) {
      readKubeconfig(
          home.resolve(".kube/config").toString(),
          Item.Kind.USER_KUBECONFIG,
          home.resolve(".kube/config"),
          false);
    }
    readKubelet();
    return new NodeSnapshot(
        files.name(),
        now,
        controlPlane,
        items,
        authorities,
        controlPlane ? serviceAccount() : List.of(),
        writableByAll(),
        pods(),
        List.of(),
        Set.of(),
        newest);
  }

  private List<StaticPod> pods() {
    try {
      return Manifests.read(files.manifests());
    } catch (StaticPodFailure e) {
      return List.of();
    }
  }

  private Map<Authority, List<X509Certificate>> readAuthorities(boolean controlPlane) {
    var authorities = new EnumMap<Authority, List<X509Certificate>>(Authority.class);
    for (var authority : Authority.values()) {
      if (!controlPlane && authority != Authority.CA) {
        continue;
      }
      var file = files.layout().certificate(authority);
      var found = Inventory.certificates(file);
      touched(file);
      if (found instanceof Found.Present present) {
        authorities.put(authority, present.certificates());
      }
      var keyFile = files.layout().key(authority);
      items.add(
          new Item(
              authority.label(),
              Item.Kind.AUTHORITY,
              found,
              keyOf(found, keyFile.toString(), () -> readKey(keyFile)),
              Optional.empty(),
              List.of(),
              List.of(),
              Optional.empty(),
              mode(keyFile)));
    }
    return authorities;
  }

  private void readLeaf(Leaf leaf) {
    var file = files.layout().certificate(leaf);
    var keyFile = files.layout().key(leaf);
    var found = Inventory.certificates(file);
    touched(file);
    items.add(
        new Item(
            leaf.label(),
            Item.Kind.LEAF,
            found,
            keyOf(found, keyFile.toString(), () -> readKey(keyFile)),
            Optional.of(leaf.authority()),
            leaf.purposes(),
            List.of(),
            Optional.empty(),
            mode(keyFile)));
  }

  private void readKubeconfig(String name, Item.Kind kind, Path file, boolean always) {
    if (!always && !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (kind == Item.Kind.KUBECONFIG) {
      touched(file);
    }
    try {
      var kubeconfig = Kubeconfig.read(file, files::reach);
      var certificates = kubeconfig.clientCertificates();
      if (certificates.isEmpty()) {
        readWithoutCertificate(name, kind, file, kubeconfig);
        return;
      }
      var found = new Found.Present(file, certificates);
      items.add(
          new Item(
              name,
              kind,
              found,
              keyOf(found, file + " (client key)", kubeconfig::clientKey),
              Optional.of(Authority.CA),
              List.of(Purpose.CLIENT_AUTH),
              kubeconfig.authorities(),
              kubeconfig.server(),
              mode(file)));
    } catch (PkiFailure e) {
      items.add(unreadable(name, kind, file, e));
    }
  }

  private void readWithoutCertificate(
      String name, Item.Kind kind, Path file, Kubeconfig kubeconfig) {
    if (kubeconfig.token().isPresent() || kind == Item.Kind.USER_KUBECONFIG) {
      // Somebody who proves himself in another way; there is nothing here that can expire.
      return;
    }
    items.add(
        unreadable(
            name,
            kind,
            file,
            new PkiFailure(
                file + " has neither a client certificate nor a token",
                "bring it back from a backup, or run ballast certs recover")));
  }

  private Item unreadable(String name, Item.Kind kind, Path file, PkiFailure e) {
    Found found =
        Files.notExists(file, LinkOption.NOFOLLOW_LINKS)
            ? new Found.Absent(file)
            : new Found.Unusable(file, e.problem(), e.remedy());
    return new Item(
        name,
        kind,
        found,
        new Item.KeyState.Unknown(),
        Optional.of(Authority.CA),
        List.of(Purpose.CLIENT_AUTH),
        List.of(),
        Optional.empty(),
        mode(file));
  }

  private void readKubelet() {
    var client = files.kubeletClient();
    readOneFile("kubelet-client", Item.Kind.KUBELET_CLIENT, client, Purpose.CLIENT_AUTH, true);
    var rotated = files.kubeletServing();
    readOneFile("kubelet-server", Item.Kind.KUBELET_SERVING, rotated, Purpose.SERVER_AUTH, true);
    var own = files.kubeletPki().resolve("kubelet.crt");
    if (Files.exists(own, LinkOption.NOFOLLOW_LINKS)) {
      var keyFile = files.kubeletPki().resolve("kubelet.key");
      var found = Inventory.certificates(own);
      items.add(
          new Item(
              "kubelet.crt",
              Item.Kind.KUBELET_SERVING,
              found,
              keyOf(found, keyFile.toString(), () -> readKey(keyFile)),
              Optional.empty(),
              List.of(Purpose.SERVER_AUTH),
              List.of(),
              Optional.empty(),
              mode(keyFile)));
    }
  }

  private void readOneFile(
      String name, Item.Kind kind, Path file, String purpose, boolean signedByCa) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var found = Inventory.certificates(file);
    items.add(
        new Item(
            name,
            kind,
            found,
            keyOf(found, file.toString(), () -> readKey(file)),
            signedByCa ? Optional.of(Authority.CA) : Optional.empty(),
            List.of(purpose),
            List.of(),
            Optional.empty(),
            mode(file)));
  }

  private static Optional<PrivateKey> readKey(Path file) {
    return Files.notExists(file) ? Optional.empty() : Optional.of(PrivateKeys.read(file));
  }

  private Item.KeyState keyOf(Found found, String where, Supplier<Optional<PrivateKey>> read) {
    if (!(found instanceof Found.Present present)) {
      return new Item.KeyState.Unknown();
    }
    try {
      return read.get()
          .<Item.KeyState>map(key ->
              isKeyOf(key, present.first().getPublicKey())
                  ? new Item.KeyState.Matches()
                  : new Item.KeyState.Mismatch(where))
          .orElseGet(() -> new Item.KeyState.Missing(where));
    } catch (PkiFailure e) {
      return new Item.KeyState.Unusable(e.problem(), e.remedy());
    }
  }

  private boolean isKeyOf(PrivateKey key, PublicKey half) {
    return (proof == Proof.STATED && StatedPublicKey.saysSo(key, half))
        || PrivateKeys.matches(key, half);
  }

  private List<Finding> serviceAccount() {
    var key = files.layout().serviceAccountKey();
    var half = files.layout().serviceAccountPublicKey();
    var findings = new ArrayList<Finding>();
    try {
      var matches =
          PrivateKeys.matches(
              PrivateKeys.read(key), PrivateKeys.parsePublic(PkiFiles.read(half), half.toString()));
      if (!matches) {
        findings.add(
            Finding.broken(
                "service-account-mismatch",
                half + " is not the public half of " + key,
                "bring both files back from the same node or backup"));
      }
    } catch (PkiFailure e) {
      findings.add(Finding.broken("service-account-unreadable", e.problem(), e.remedy()));
    }
    mode(key)
        .filter(mode -> (mode & 0007) != 0)
        .ifPresent(mode ->
            findings.add(
                Finding.warning(
                    "secret-readable",
                    key + " can be read by everybody: mode " + Integer.toOctalString(mode),
                    "chmod 600 " + key)));
    return findings;
  }

  /** Whoever may write here may put his own authority, key or static pod in place. */
  private List<Path> writableByAll() {
    var layout = files.layout();
    var places = new ArrayList<Path>();
    places.add(layout.kubeconfigDir());
    places.add(layout.certificatesDir());
    places.add(layout.certificatesDir().resolve("etcd"));
    places.add(files.manifests());
    places.add(files.kubeletPki());
    places.add(layout.serviceAccountPublicKey());
    for (var item : items) {
      // The others are secrets themselves, of which more is asked.
      if (item.kind() == Item.Kind.AUTHORITY || item.kind() == Item.Kind.LEAF) {
        places.add(item.found().file());
      }
    }
    return places.stream()
        .filter(place -> mode(place).filter(mode -> (mode & 0002) != 0).isPresent())
        .toList();
  }

  private void touched(Path file) {
    try {
      var at = Files.getLastModifiedTime(file).toInstant();
      newest = Optional.of(newest.filter(other -> other.isAfter(at)).orElse(at));
    } catch (IOException e) {
      // A file that is not there says nothing about the clock.
      return;
    }
  }

  private static Optional<Integer> mode(Path file) {
    try {
      return Files.getAttribute(file, "unix:mode") instanceof Integer mode
          ? Optional.of(mode & 0777)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
