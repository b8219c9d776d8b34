package dev.ballast.certificates.rotation;

import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * How far a rotation has come, read from the certificates themselves: no note of it is kept
 * anywhere, so a node that was restored, killed or rotated by hand is understood as well.
 */
public sealed interface Stage {
  /** One authority, which everything is signed by. Next: trust both. */
  record NotBegun(X509Certificate current) implements Stage {}

  /**
   * Both are trusted, the old one signs. Next: reissue, once every node trusts both.
   *
   * @param trustingOne names of the kubeconfigs on this node that do not trust the new one yet
   */
  record TrustsBoth(X509Certificate old, X509Certificate fresh, List<String> trustingOne)
      implements Stage {
    public TrustsBoth {
      trustingOne = List.copyOf(trustingOne);
    }
  }

  /**
   * Both are trusted, the new one signs. Next: drop the old, once no node shows what it signed.
   *
   * @param signedByOld names of what is still signed by the old one on this node
   */
  record Reissued(X509Certificate old, X509Certificate fresh, List<String> signedByOld)
      implements Stage {
    public Reissued {
      signedByOld = List.copyOf(signedByOld);
    }
  }

  /** Something that none of the stages leaves behind. */
  record Unclear(String problem, String remedy) implements Stage {}

  /**
   * A certificate of the node by its name in the report.
   *
   * @param trusts the authorities that stand beside it in a kubeconfig; none elsewhere
   */
  record Named(String name, X509Certificate certificate, List<X509Certificate> trusts) {
    public Named {
      trusts = List.copyOf(trusts);
    }
  }

  /**
   * Reads the stage.
   *
   * @param bundle the certificates of the authority's file
   * @param key the public half of the authority's key file
   * @param next the public half of the key that waits for its turn, if there is one
   * @param signed what an authority of this name signed on the node
   */
  static Stage of(
      List<X509Certificate> bundle,
      PublicKey key,
      Optional<PublicKey> next,
      Collection<Named> signed) {
    return switch (bundle.size()) {
      case 0 -> new Unclear("there is no authority", "bring it back from a backup");
      case 1 ->
          holds(bundle.getFirst(), key)
              ? new NotBegun(bundle.getFirst())
              : new Unclear(
                  "the key of the authority is not the one of its certificate",
                  "bring both files back from the same node or backup");
      case 2 -> ofTwo(bundle.get(0), bundle.get(1), key, next, signed);
      default ->
          new Unclear(
              "the authority's file holds " + bundle.size() + " certificates",
              "leave those in it that are still needed, the one that signs first");
    };
  }

  private static Stage ofTwo(
      X509Certificate first,
      X509Certificate second,
      PublicKey key,
      Optional<PublicKey> next,
      Collection<Named> signed) {
    if (!holds(first, key)) {
      return new Unclear(
          "the first certificate of the authority's file is not the one of its key",
          "put the one that signs first");
    }
    if (next.isPresent()) {
      return holds(second, next.get())
          ? new TrustsBoth(first, second, trustingOne(first, second, signed))
          : new Unclear(
              "the key that waits for its turn is not the one of the second certificate",
              "restore the backup from before the rotation");
    }
    var byOld =
        signed.stream()
            .filter(named -> Judgement.isSignedBy(named.certificate(), second))
            .filter(named -> !Judgement.isSignedBy(named.certificate(), first))
            .map(Named::name)
            .toList();
    return Certificates.sameKey(first, second)
        ? new Unclear(
            "both certificates of the authority's file have one key",
            "leave only the newer one in it")
        : new Reissued(second, first, byOld);
  }

  /** Kubeconfigs of our cluster that do not know the new one. */
  private static List<String> trustingOne(
      X509Certificate old, X509Certificate fresh, Collection<Named> signed) {
    return signed.stream()
        .filter(named -> named.trusts().contains(old) && !named.trusts().contains(fresh))
        .map(Named::name)
        .toList();
  }

  private static boolean holds(X509Certificate certificate, PublicKey key) {
    return Arrays.equals(certificate.getPublicKey().getEncoded(), key.getEncoded());
  }
}
