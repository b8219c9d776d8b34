package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.staticpods.StaticPod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is left to do on other nodes after one was recovered, as commands that can be copied. */
public final class NextSteps {
  private static final Pattern MEMBER =
      Pattern.compile("([^=,]+)=https://(\\[[^\\]]+\\]|[^:/,]+):\\d+");

  private NextSteps() {}

  /**
   * The steps after a recovery.
   *
   * @param pods the manifests of this node, whose etcd names its peers
   * @param nodeName of this node
   */
  public static List<String> after(
      RecoveryDecision decision, List<StaticPod> pods, String nodeName) {
    var steps = new ArrayList<String>();
    var peers = peers(pods, nodeName);
    var renewed = new ArrayList<Authority>();
    for (var authority : Authority.values()) {
      if (decision.renews(authority)) {
        renewed.add(authority);
      }
    }
    peers.forEach(
        (name, host) -> controlPlane(steps, "# control-plane node " + name, renewed, host));
    // kubeadm writes into etcd's manifest who was there when the node joined, and never again.
    var others = peers.isEmpty() ? "every other" : "any other";
    controlPlane(steps, "# " + others + " control-plane NODE, if there is one", renewed, "NODE");
    steps.add("# every worker NODE that kubectl get nodes shows as NotReady");
    if (renewed.contains(Authority.CA)) {
      steps.add(WorkerSteps.copyAuthority());
    }
    steps.addAll(WorkerSteps.newIdentity());
    if (renewed.contains(Authority.CA)) {
      steps.add("# the new CA certificate for nodes that join, and for pods");
      steps.add("kubeadm init phase bootstrap-token");
      steps.add("kubectl -n kube-system rollout restart daemonset");
      steps.add("kubectl -n kube-system rollout restart deployment");
    }
    return steps;
  }

  private static void controlPlane(
      List<String> steps, String title, List<Authority> renewed, String host) {
    steps.add(title);
    renewed.forEach(authority -> steps.add(copy(authority, host)));
    steps.add("ssh root@" + bracketless(host) + " ballast certs recover");
  }

  private static String copy(Authority authority, String host) {
    var file = "/etc/kubernetes/pki/" + authority.baseName() + ".crt";
    return "scp " + file + " root@" + host + ":" + file;
  }

  private static String bracketless(String host) {
    return host.replace("[", "").replace("]", "");
  }

  /** The other members of etcd's initial cluster: the control-plane nodes that this one knows. */
  private static Map<String, String> peers(List<StaticPod> pods, String nodeName) {
    var peers = new LinkedHashMap<String, String>();
    var members =
        pods.stream()
            .filter(pod -> pod.name().equals("etcd"))
            .findFirst()
            .flatMap(pod -> Optional.ofNullable(pod.flags().get("initial-cluster")))
            .orElse("");
    var member = MEMBER.matcher(members);
    while (member.find()) {
      if (!member.group(1).equals(nodeName)) {
        peers.put(member.group(1), member.group(2));
      }
    }
    return peers;
  }
}
