package dev.ballast.mesh.model;

import dev.ballast.mesh.resource.PeerAuthentication;
import dev.ballast.mesh.resource.PeerAuthentication.Mode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which policy of plaintext counts for a port of a workload. */
final class PeerModes {
  private PeerModes() {}

  static Mode of(
      List<PeerAuthentication> oldestFirst,
      String root,
      String namespace,
      Map<String, String> labels,
      int port) {
    Optional<PeerAuthentication> workload =
        oldestFirst.stream()
            .filter(each ->
                each.metadata().namespace().equals(namespace)
                    && each.spec()
                        .selector()
                        .map(wanted -> labels.entrySet().containsAll(wanted.entrySet()))
                        .orElse(false))
            .findFirst();
    Mode ofNamespace = unselective(oldestFirst, namespace);
    Mode outer = ofNamespace == Mode.UNSET ? unselective(oldestFirst, root) : ofNamespace;
    Mode mesh = outer == Mode.UNSET ? Mode.PERMISSIVE : outer;
    if (workload.isEmpty()) {
      return mesh;
    }
    Mode ofWorkload =
        workload.get().spec().mode() == Mode.UNSET ? mesh : workload.get().spec().mode();
    Mode ofPort = workload.get().spec().ports().getOrDefault(port, Mode.UNSET);
    return ofPort == Mode.UNSET ? ofWorkload : ofPort;
  }

  private static Mode unselective(List<PeerAuthentication> oldestFirst, String namespace) {
    return oldestFirst.stream()
        .filter(each ->
            each.metadata().namespace().equals(namespace) && each.spec().selector().isEmpty())
        .findFirst()
        .map(each -> each.spec().mode())
        .orElse(Mode.UNSET);
  }
}
