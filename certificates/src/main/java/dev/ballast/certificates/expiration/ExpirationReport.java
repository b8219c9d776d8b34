package dev.ballast.certificates.expiration;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import dev.ballast.certificates.Inventory;
import dev.ballast.certificates.Inventory.AuthorityFiles;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Renewable;
import dev.ballast.pki.Certificates;
import dev.ballast.pki.Judgement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * When each certificate of a node expires, and what kept some from being judged. Kubeadm stops at
 * the first broken file; here the rest is still reported.
 *
 * @param certificates in kubeadm's order
 * @param authorities in kubeadm's order
 * @param problems what kubeadm would have stopped at
 */
public record ExpirationReport(
    List<Entry> certificates, List<Entry> authorities, List<Problem> problems) {

  /**
   * One line of the table.
   *
   * @param label its name
   * @param authority the label of the authority that signs it; empty for an authority
   * @param kubeconfig whether it is in a kubeconfig
   */
  public record Entry(String label, String authority, boolean kubeconfig, Expiry expiry) {}

  /** What is known about one certificate. */
  public sealed interface Expiry {
    /**
     * It was read.
     *
     * @param external whether kubeadm cannot renew it, since the key of its authority is not here
     */
    record Known(Instant notAfter, boolean external) implements Expiry {}

    /** It is not there. */
    record Missing() implements Expiry {}

    /** It is there and cannot be read; {@link #problems} says why. */
    record Broken() implements Expiry {}
  }

  /** What is wrong and what to do. */
  public record Problem(String problem, String remedy) {}

  public ExpirationReport {
    certificates = List.copyOf(certificates);
    authorities = List.copyOf(authorities);
    problems = List.copyOf(problems);
  }

  /** Judges what was read; reads nothing. */
  public static ExpirationReport of(Inventory inventory) {
    var problems = new ArrayList<Problem>();
    var authorities = new ArrayList<Entry>();
    inventory
        .authorities()
        .forEach((authority, files) ->
            authorities.add(entry(authority, files, signs(authority, inventory), problems)));
    var certificates = new ArrayList<Entry>();
    inventory
        .renewables()
        .forEach(
            (renewable, found) -> certificates.add(entry(renewable, found, inventory, problems)));
    return new ExpirationReport(certificates, authorities, problems);
  }

  /** Whether there is anything that it must have signed; with etcd elsewhere there is nothing. */
  private static boolean signs(Authority authority, Inventory inventory) {
    return inventory.renewables().entrySet().stream()
        .anyMatch(entry ->
            entry.getKey().authority() == authority && !(entry.getValue() instanceof Found.Absent));
  }

  private static Entry entry(
      Authority authority, AuthorityFiles files, boolean signs, List<Problem> problems) {
    if (files.certificate() instanceof Found.Absent absent) {
      if (!signs) {
        return new Entry(authority.label(), "", false, new Expiry.Missing());
      }
      problems.add(
          condition(
              authority,
              "no such file or directory: " + absent.file(),
              files.keyAbsent()
                  ? "bring it back from a backup or from another control-plane node"
                  : "bring it back from a backup or from another control-plane node; its key is still here"));
    } else if (files.certificate() instanceof Found.Present present
        && !Certificates.isAuthority(present.first())) {
      problems.add(
          condition(
              authority,
              present.file() + " is not a certificate authority",
              "put the CA certificate of the cluster there"));
    }
    return new Entry(
        authority.label(), "", false, expiry(files.certificate(), files.external(), problems));
  }

  private static Problem condition(Authority authority, String what, String remedy) {
    return new Problem(
        "cannot judge what "
            + authority.label()
            + " signs: couldn't load the CA certificate: "
            + what,
        remedy);
  }

  private static Entry entry(
      Renewable renewable, Found found, Inventory inventory, List<Problem> problems) {
    AuthorityFiles files = inventory.authorities().get(renewable.authority());
    boolean external = files != null && files.external();
    if (external && renewable instanceof Leaf leaf) {
      againstExternal(leaf, found, inventory).ifPresent(problems::add);
    }
    return new Entry(
        renewable.label(),
        renewable.authority().label(),
        renewable instanceof KubeconfigFile,
        expiry(found, external, problems));
  }

  /** Nothing here can sign again, so what is here must be right. */
  private static Optional<Problem> againstExternal(Leaf leaf, Found found, Inventory inventory) {
    return switch (found) {
      case Found.Absent absent ->
          Optional.of(
              new Problem(
                  absent.file() + " does not exist, and its CA key is not here to make it",
                  "have it signed where the key is: ballast certs generate-csr"));
      case Found.Present present
          when !Judgement.leadsTo(present.certificates(), inventory.trusted(leaf.authority())) ->
          Optional.of(
              new Problem(
                  present.file()
                      + " is not signed by "
                      + inventory.layout().certificate(leaf.authority()),
                  "have it signed where the CA key is: ballast certs generate-csr"));
      case Found.Present _ ->
          Optional.ofNullable(inventory.unusableKeys().get(leaf))
              .map(key -> new Problem(key.problem(), key.remedy()));
      case Found.Unusable _ -> Optional.empty();
    };
  }

  private static Expiry expiry(Found found, boolean external, List<Problem> problems) {
    return switch (found) {
      case Found.Present present ->
          new Expiry.Known(present.first().getNotAfter().toInstant(), external);
      case Found.Absent _ -> new Expiry.Missing();
      case Found.Unusable unusable -> {
        problems.add(new Problem(unusable.problem(), unusable.remedy()));
        yield new Expiry.Broken();
      }
    };
  }
}
