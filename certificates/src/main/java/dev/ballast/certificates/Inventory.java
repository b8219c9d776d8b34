package dev.ballast.certificates;

import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The certificates of a node as they were at one moment. Each file is judged alone: a broken one
 * hides nothing else.
 *
 * @param layout where they were read
 * @param authorities by authority, in the order of kubeadm's table
 * @param renewables in the order in which they were asked for
 * @param unusableKeys why the key of a leaf cannot be used; known only for leafs that nobody here
 *     can sign again, since a renewal makes the others anew
 */
public record Inventory(
    Layout layout,
    Map<Authority, AuthorityFiles> authorities,
    Map<Renewable, Found> renewables,
    Map<Leaf, Found.Unusable> unusableKeys) {

  /**
   * An authority's two files.
   *
   * @param keyAbsent whether there is surely no key; one that is not readable is there
   */
  public record AuthorityFiles(Found certificate, boolean keyAbsent) {
    /** Whether somebody else has the key: kubeadm's external CA. */
    public boolean external() {
      return keyAbsent
          && certificate instanceof Found.Present present
          && Certificates.isAuthority(present.first());
    }
  }

  public Inventory {
    authorities = Collections.unmodifiableMap(new EnumMap<>(authorities));
    renewables = Collections.unmodifiableMap(new LinkedHashMap<>(renewables));
    unusableKeys = Map.copyOf(unusableKeys);
  }

  /** Reads what a release has; with external etcd, etcd's certificates are elsewhere. */
  public static Inventory read(Layout layout, Release release, boolean externalEtcd) {
    var authorities = new EnumMap<Authority, AuthorityFiles>(Authority.class);
    for (Authority authority : Authority.values()) {
      if (!externalEtcd || authority != Authority.ETCD_CA) {
        authorities.put(
            authority,
            new AuthorityFiles(
                certificates(layout.certificate(authority)),
                Files.notExists(layout.key(authority))));
      }
    }
    var renewables = new LinkedHashMap<Renewable, Found>();
    for (Renewable renewable : Renewable.all(release, externalEtcd)) {
      renewables.put(renewable, find(layout, renewable));
    }
    var unusable = new EnumMap<Leaf, Found.Unusable>(Leaf.class);
    for (Leaf leaf : Leaf.values()) {
      AuthorityFiles files = authorities.get(leaf.authority());
      if (files != null
          && files.external()
          && renewables.get(leaf) instanceof Found.Present present) {
        unusableKey(layout.key(leaf), present).ifPresent(why -> unusable.put(leaf, why));
      }
    }
    return new Inventory(layout, authorities, renewables, unusable);
  }

  private static Optional<Found.Unusable> unusableKey(Path file, Found.Present leaf) {
    var remedy =
        "bring it back from a backup, or have a new one signed where the CA key is: ballast certs"
            + " generate-csr";
    try {
      return PrivateKeys.matches(PrivateKeys.read(file), leaf.first().getPublicKey())
          ? Optional.empty()
          : Optional.of(
              new Found.Unusable(file, file + " is not the key of " + leaf.file(), remedy));
    } catch (PkiFailure e) {
      return Optional.of(new Found.Unusable(file, e.problem(), remedy));
    }
  }

  /** What is where this belongs. */
  public static Found find(Layout layout, Renewable renewable) {
    return switch (renewable) {
      case Leaf leaf -> certificates(layout.certificate(leaf));
      case KubeconfigFile file -> kubeconfig(layout.kubeconfig(file));
    };
  }

  /** The certificates of a PEM file. */
  public static Found certificates(Path file) {
    return found(file, Certificates::read);
  }

  /** The client certificate of a kubeconfig, embedded or in the file that it names. */
  public static Found kubeconfig(Path file) {
    return found(
        file,
        path -> {
          List<X509Certificate> certificates = Kubeconfig.read(path).clientCertificates();
          if (certificates.isEmpty()) {
            throw new PkiFailure(
                "kubeConfig file " + file + " does not have an embedded client certificate",
                "write it anew with ballast kubeconfig user");
          }
          return certificates;
        });
  }

  private static Found found(Path file, Function<Path, List<X509Certificate>> read) {
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      return new Found.Absent(file);
    }
    try {
      return new Found.Present(file, read.apply(file));
    } catch (PkiFailure e) {
      return new Found.Unusable(file, e.problem(), e.remedy());
    }
  }

  /** The certificates that an authority is trusted by; none when they cannot be read. */
  public List<X509Certificate> trusted(Authority authority) {
    return Optional.ofNullable(authorities.get(authority))
        .map(AuthorityFiles::certificate)
        .filter(Found.Present.class::isInstance)
        .map(found -> ((Found.Present) found).certificates())
        .orElse(List.of());
  }

  /**
   * Whether there is nothing at all: then this is no control-plane node, or the wrong directory.
   */
  public boolean isEmpty() {
    return authorities.values().stream().allMatch(a -> a.certificate() instanceof Found.Absent)
        && allAbsent(renewables.values());
  }

  private static boolean allAbsent(Collection<Found> found) {
    return found.stream().allMatch(Found.Absent.class::isInstance);
  }
}
