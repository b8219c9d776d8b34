package dev.ballast.certificates.renewal;

import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.KeyForge;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Access;
import dev.ballast.certificates.change.Content;
import dev.ballast.certificates.change.FileChange;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.renewal.Decision.Renew;
import dev.ballast.certificates.renewal.Signers.Signer;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.KeyAlgorithm;
import dev.ballast.pki.PrivateKeys;
import dev.ballast.pki.kubeconfig.Kubeconfig;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the keys and signatures of what was decided, as a plan of files to be replaced together.
 */
public final class RenewedFiles {
  private RenewedFiles() {}

  /**
   * The new files.
   *
   * @param reason a few words that name the backup, such as {@code renew all}
   */
  public static Plan plan(
      String reason,
      List<Renew> decided,
      Inventory inventory,
      Signers signers,
      KeyAlgorithm algorithm,
      KeyForge forge) {
    Map<String, KeyPair> keys =
        forge.forge(algorithm, decided.stream().map(r -> r.renewable().label()).toList());
    var changes = new ArrayList<FileChange>();
    var together = new ArrayList<Set<Path>>();
    for (Renew renew : decided) {
      if (!(signers.of(renew.renewable().authority()) instanceof Signer.Ready signer)) {
        throw new IllegalArgumentException("cannot sign " + renew.renewable());
      }
      KeyPair pair = keys.get(renew.renewable().label());
      if (pair == null) {
        throw new IllegalStateException("no key for " + renew.renewable());
      }
      X509Certificate made =
          signer.authority().sign(renew.successor(), pair.getPublic(), forge.random());
      var certificates = new ArrayList<X509Certificate>(List.of(made));
      certificates.addAll(renew.chain());
      String certificatePem = Certificates.pem(certificates);
      String keyPem = PrivateKeys.pem(pair.getPrivate(), pair.getPublic());
      Layout layout = inventory.layout();
      switch (renew.renewable()) {
        case Leaf leaf -> {
          changes.add(put(layout.key(leaf), keyPem, Access.SECRET));
          changes.add(put(layout.certificate(leaf), certificatePem, Access.PUBLIC));
          together.add(Set.of(normal(layout.key(leaf)), normal(layout.certificate(leaf))));
        }
        case KubeconfigFile file ->
            changes.add(
                kubeconfig(layout.kubeconfig(file), certificatePem, keyPem, signer.bundle()));
      }
    }
    return new Plan(reason, changes, together);
  }

  private static FileChange kubeconfig(
      Path file, String certificatePem, String keyPem, List<X509Certificate> bundle) {
    Kubeconfig old = Kubeconfig.read(file);
    Kubeconfig renewed =
        old.withClient(certificatePem, keyPem)
            .withAuthorities(Trust.renewed(old.authorities(), bundle));
    return put(file, renewed.text(), Access.SECRET);
  }

  private static FileChange put(Path path, String text, Access access) {
    return new FileChange.Put(path, Content.of(text), access);
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
