package dev.ballast.certificates.recovery;

import dev.ballast.certificates.Found;
import dev.ballast.certificates.config.InitConfiguration;
import dev.ballast.certificates.report.NodeSnapshot;
import dev.ballast.pki.AlternativeName;
import dev.ballast.pki.DistinguishedName;
import java.util.Optional;

/** What a node's own files say about it, which is surer than what this machine would guess. */
public final class KnownNode {
  private static final String NODE_USER = "system:node:";

  private KnownNode() {}

  /** The configuration with the node's name and address as its files have them. */
  public static InitConfiguration refine(InitConfiguration guessed, NodeSnapshot snapshot) {
    var flags =
        snapshot.pods().stream()
            .filter(pod -> pod.name().equals("kube-apiserver"))
            .findFirst()
            .map(pod -> pod.flags());
    var address =
        flags
            .flatMap(f -> Optional.ofNullable(f.get("advertise-address")))
            .flatMap(AlternativeName::address)
            .orElse(guessed.advertiseAddress());
    var port =
        flags
            .flatMap(f -> Optional.ofNullable(f.get("secure-port")))
            .filter(text -> text.matches("\\d{1,5}"))
            .map(Integer::parseInt)
            .orElse(guessed.bindPort());
    return new InitConfiguration(
        guessed.cluster(), name(snapshot).orElse(guessed.nodeName()), address, port);
  }

  private static Optional<String> name(NodeSnapshot snapshot) {
    return commonName(snapshot, "kubelet-client")
        .or(() -> commonName(snapshot, "kubelet.conf"))
        .filter(name -> name.startsWith(NODE_USER))
        .map(name -> name.substring(NODE_USER.length()))
        .or(() -> commonName(snapshot, "etcd-server"));
  }

  private static Optional<String> commonName(NodeSnapshot snapshot, String item) {
    return snapshot.items().stream()
        .filter(candidate -> candidate.name().equals(item))
        .map(candidate -> candidate.found())
        .filter(Found.Present.class::isInstance)
        .map(found -> DistinguishedName.subjectOf(((Found.Present) found).first()))
        .flatMap(name -> name.commonName().stream())
        .findFirst();
  }
}
