package dev.ballast.certificates.renewal;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.Inventory.AuthorityFiles;
import dev.ballast.certificates.Layout;
import dev.ballast.pki.CertificateAuthority;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.PkiFailure;
import dev.ballast.pki.PrivateKeys;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The authorities of a node with their keys, each judged alone. */
public final class Signers {
  private final Map<Authority, Signer> signers;

  private Signers(Map<Authority, Signer> signers) {
    this.signers = signers;
  }

  /** Whether an authority can sign. */
  public sealed interface Signer {
    /**
     * It can.
     *
     * @param bundle all certificates of its file: during a rotation there are several
     */
    record Ready(CertificateAuthority authority, List<X509Certificate> bundle) implements Signer {
      public Ready {
        bundle = List.copyOf(bundle);
      }
    }

    /** Its key is elsewhere. */
    record External() implements Signer {}

    /** It cannot. */
    record Unusable(String problem, String remedy) implements Signer {}
  }

  /** Reads the keys of these authorities. */
  public static Signers read(Inventory inventory, Set<Authority> authorities) {
    var signers = new EnumMap<Authority, Signer>(Authority.class);
    authorities.forEach(authority -> signers.put(authority, read(inventory, authority)));
    return new Signers(signers);
  }

  private static Signer read(Inventory inventory, Authority authority) {
    AuthorityFiles files = inventory.authorities().get(authority);
    if (files == null) {
      return new Signer.External();
    }
    return switch (files.certificate()) {
      case Found.Absent absent ->
          new Signer.Unusable(
              "couldn't load the certificate file " + absent.file() + ": no such file or directory",
              "bring it back from a backup or from another control-plane node");
      case Found.Unusable unusable -> new Signer.Unusable(unusable.problem(), unusable.remedy());
      case Found.Present present -> ready(inventory.layout(), authority, files, present);
    };
  }

  private static Signer ready(
      Layout layout, Authority authority, AuthorityFiles files, Found.Present present) {
    if (!Certificates.isAuthority(present.first())) {
      return new Signer.Unusable(
          present.file() + ": certificate CA is not a CA",
          "put the CA certificate of the cluster there");
    }
    if (files.keyAbsent()) {
      return new Signer.External();
    }
    try {
      PrivateKey key = PrivateKeys.read(layout.key(authority));
      // While an authority is being replaced, its file trusts two; the key says which one signs.
      X509Certificate signing =
          present.certificates().stream()
              .filter(c -> PrivateKeys.matches(key, c.getPublicKey()))
              .findFirst()
              .orElse(present.first());
      return new Signer.Ready(
          new CertificateAuthority(signing, key, present.file().toString()),
          present.certificates());
    } catch (PkiFailure e) {
      return new Signer.Unusable(e.problem(), e.remedy());
    }
  }

  Signer of(Authority authority) {
    Signer signer = signers.get(authority);
    if (signer == null) {
      throw new IllegalArgumentException("not read: " + authority);
    }
    return signer;
  }
}
