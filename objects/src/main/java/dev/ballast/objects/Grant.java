package dev.ballast.objects;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A right over the objects of a kind that a role needs (RBAC).
 *
 * @param resource {@code services}, or a subresource {@code services/status}
 */
public record Grant(String group, String resource, List<String> verbs) {
  public Grant {
    verbs = List.copyOf(verbs);
  }

  /** Returns the rights to read all objects of some kinds. */
  public static List<Grant> read(Kind<?>... kinds) {
    List<Grant> grants = new ArrayList<>();
    for (Kind<?> kind : kinds) {
      grants.add(new Grant(kind.group(), kind.plural(), List.of("get", "list", "watch")));
    }
    return grants;
  }

  /** Returns the rights to write the status of objects of some kinds. */
  public static List<Grant> status(Kind<?>... kinds) {
    List<Grant> grants = new ArrayList<>();
    for (Kind<?> kind : kinds) {
      grants.add(new Grant(kind.group(), kind.plural() + "/status", List.of("patch")));
    }
    return grants;
  }

  /** Returns the rights to keep reports of some kinds. */
  public static List<Grant> reports(Kind<?>... kinds) {
    List<Grant> grants = new ArrayList<>(status(kinds));
    for (Kind<?> kind : kinds) {
      grants.add(
          new Grant(
              kind.group(), kind.plural(), List.of("get", "list", "watch", "create", "delete")));
    }
    return grants;
  }

  /** Returns the right to record events. */
  public static Grant events() {
    return new Grant("", "events", List.of("get", "create", "patch", "update"));
  }

  /** Returns a ClusterRole with these rights. */
  public static Map<String, Object> clusterRole(String name, List<Grant> grants) {
    List<Map<String, Object>> rules = new ArrayList<>();
    for (Grant grant : grants) {
      Map<String, Object> rule = new LinkedHashMap<>();
      rule.put("apiGroups", List.of(grant.group()));
      rule.put("resources", List.of(grant.resource()));
      rule.put("verbs", grant.verbs());
      rules.add(rule);
    }
    Map<String, Object> role = new LinkedHashMap<>();
    role.put("apiVersion", "rbac.authorization.k8s.io/v1");
    role.put("kind", "ClusterRole");
    role.put("metadata", Map.of("name", name));
    role.put("rules", rules);
    return role;
  }

  /** Returns the ClusterRoleBinding that gives a ServiceAccount the ClusterRole of its name. */
  public static Map<String, Object> binding(String role, String namespace, String account) {
    Map<String, Object> subject = new LinkedHashMap<>();
    subject.put("kind", "ServiceAccount");
    subject.put("name", account);
    subject.put("namespace", namespace);
    Map<String, Object> reference = new LinkedHashMap<>();
    reference.put("apiGroup", "rbac.authorization.k8s.io");
    reference.put("kind", "ClusterRole");
    reference.put("name", role);
    Map<String, Object> binding = new LinkedHashMap<>();
    binding.put("apiVersion", "rbac.authorization.k8s.io/v1");
    binding.put("kind", "ClusterRoleBinding");
    binding.put("metadata", Map.of("name", role));
    binding.put("roleRef", reference);
    binding.put("subjects", List.of(subject));
    return binding;
  }
}
