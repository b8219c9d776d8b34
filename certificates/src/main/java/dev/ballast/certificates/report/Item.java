package dev.ballast.certificates.report;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Found;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * One certificate of a node as it was read.
 *
 * @param name what it is called in the report
 * @param found the certificate, or why there is none
 * @param key what was found of its private key
 * @param signer the authority that must have signed it; empty for those that sign themselves
 * @param purposes OIDs that it must allow
 * @param trusts the authorities that a kubeconfig names; empty for others
 * @param server the address that a kubeconfig names
 * @param mode permission bits of the file that holds the secret, if it is there
 */
public record Item(
    String name,
    Kind kind,
    Found found,
    KeyState key,
    Optional<Authority> signer,
    List<String> purposes,
    List<X509Certificate> trusts,
    Optional<String> server,
    Optional<Integer> mode) {

  /** What a certificate is there for. */
  public enum Kind {
    AUTHORITY,
    LEAF,
    KUBECONFIG,
    /** A copy of a kubeconfig in a home directory. */
    USER_KUBECONFIG,
    KUBELET_CLIENT,
    KUBELET_SERVING
  }

  /** What was found of a private key. */
  public sealed interface KeyState {
    /** It is the key of the certificate. */
    record Matches() implements KeyState {}

    /** It is the key of another certificate. */
    record Mismatch(String where) implements KeyState {}

    /** There is none. */
    record Missing(String where) implements KeyState {}

    /** It is there and cannot be read. */
    record Unusable(String problem, String remedy) implements KeyState {}

    /** There is nothing to compare, since the certificate is not there. */
    record Unknown() implements KeyState {}
  }

  public Item {
    purposes = List.copyOf(purposes);
    trusts = List.copyOf(trusts);
  }
}
