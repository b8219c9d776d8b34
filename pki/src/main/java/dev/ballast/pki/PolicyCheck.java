package dev.ballast.pki;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether certificate policies hold along a chain (RFC 5280 section 6.1, with the graph of RFC 9618
 * in place of its tree, which could be made to grow without bound). Every policy is wanted.
 */
final class PolicyCheck {
  static final String ANY = "2.5.29.32.0";

  /** A policy at a depth, and the policies that the certificate below may call it by. */
  private static final class Node {
    private final String policy;
    private Set<String> expected;
    private final Set<Node> parents;
    private int children;

    Node(String policy, Set<Node> parents) {
      this.policy = policy;
      this.expected = Set.of(policy);
      this.parents = new HashSet<>(parents);
      parents.forEach(parent -> parent.children++);
    }
  }

  private final List<CertificateFields> chain;
  private final ArrayList<Map<String, Node>> strata = new ArrayList<>();
  private boolean empty;
  private int explicit;
  private int mapping;
  private int any;

  private PolicyCheck(List<CertificateFields> chain) {
    this.chain = chain;
    explicit = chain.size();
    mapping = chain.size();
    any = chain.size();
    strata.add(new HashMap<>(Map.of(ANY, new Node(ANY, Set.of()))));
  }

  /**
   * @param chain leaf first, the trusted authority last
   */
  static boolean holds(List<CertificateFields> chain) {
    return chain.size() == 1 || new PolicyCheck(chain).holds();
  }

  private boolean holds() {
    for (int i = chain.size() - 2; i >= 0; i--) {
      var certificate = chain.get(i);
      var said = certificate.policies();
      empty |= said.policies().isEmpty();
      if (explicit == 0 && empty) {
        return false;
      }
      if (!empty) {
        descend(certificate, i);
        if (i != 0 && !map(said.mappings())) {
          return false;
        }
      }
      if (i != 0) {
        limit(certificate);
      }
    }
    explicit = Math.max(0, explicit - 1);
    if (chain.getFirst().policies().requireExplicit().orElse(1) == 0) {
      explicit = 0;
    }
    return explicit > 0 || (!empty && !strata.getLast().isEmpty());
  }

  /** Section 6.1.3 (d). */
  private void descend(CertificateFields certificate, int index) {
    var above = strata.getLast();
    var here = new HashMap<String, Node>();
    var policies = certificate.policies().policies();
    for (var policy : policies) {
      if (!policy.equals(ANY)) {
        var parents = new HashSet<Node>();
        above.values().stream().filter(n -> n.expected.contains(policy)).forEach(parents::add);
        if (parents.isEmpty() && above.containsKey(ANY)) {
          parents.add(above.get(ANY));
        }
        if (!parents.isEmpty()) {
          here.put(policy, new Node(policy, parents));
        }
      }
    }
    if (policies.contains(ANY) && (any > 0 || (index > 0 && certificate.isSelfIssued()))) {
      var missing = new HashMap<String, Set<Node>>();
      above
          .values()
          .forEach(parent ->
              parent.expected.stream()
                  .filter(expected -> !here.containsKey(expected))
                  .forEach(expected ->
                      missing.computeIfAbsent(expected, _ -> new HashSet<>()).add(parent)));
      missing.forEach((policy, parents) -> here.put(policy, new Node(policy, parents)));
    }
    strata.add(here);
    prune();
  }

  /** Section 6.1.4 (b); false when a mapping is from or to any policy, which none may be. */
  private boolean map(List<CertificateFields.PolicyFields.Mapping> mappings) {
    var here = strata.getLast();
    var targets = new HashMap<String, Set<String>>();
    for (var each : mappings) {
      if (mapping > 0) {
        if (each.issuer().equals(ANY) || each.subject().equals(ANY)) {
          return false;
        }
        targets.computeIfAbsent(each.issuer(), _ -> new HashSet<>()).add(each.subject());
      } else {
        remove(here, each.issuer());
      }
    }
    prune();
    targets.forEach((issuer, subjects) -> {
      var node = here.get(issuer);
      if (node == null && here.containsKey(ANY)) {
        node = new Node(issuer, Set.of(here.get(ANY)));
        here.put(issuer, node);
      }
      if (node != null) {
        node.expected = subjects;
      }
    });
    return true;
  }

  /** Section 6.1.4 (h) to (j). */
  private void limit(CertificateFields certificate) {
    if (!certificate.isSelfIssued()) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      any = Math.max(0, any - 1);
    }
    var said = certificate.policies();
    explicit = Math.min(explicit, said.requireExplicit().orElse(explicit));
    mapping = Math.min(mapping, said.inhibitMapping().orElse(mapping));
    any = Math.min(any, said.inhibitAny().orElse(any));
  }

  private static void remove(Map<String, Node> stratum, String policy) {
    var node = stratum.remove(policy);
    if (node != null) {
      node.parents.forEach(parent -> parent.children--);
    }
  }

  /** Takes away what has nothing below it. */
  private void prune() {
    for (int depth = strata.size() - 2; depth > 0; depth--) {
      var stratum = strata.get(depth);
      List.copyOf(stratum.values()).stream()
          .filter(node -> node.children == 0)
          .forEach(node -> remove(stratum, node.policy));
    }
  }
}
