package dev.ballast.certificates.rotation;

import dev.ballast.certificates.CertificatesFailure;
import dev.ballast.yaml.Edit;
import dev.ballast.yaml.Node;
import dev.ballast.yaml.Yaml;
import dev.ballast.yaml.YamlFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Sets the certificate that kube-controller-manager signs with, in its manifest. */
final class SigningFlag {
  private static final String FLAG = "--cluster-signing-cert-file";

  private SigningFlag() {}

  /**
   * The manifest with the flag changed from one path to another; empty when it has the other
   * already, or when there is no such flag and so nothing signs.
   *
   * @throws CertificatesFailure when the flag is there and cannot be changed
   */
  static Optional<String> set(Path manifest, String text, String from, String to) {
    try {
      var edit = new Edit(manifest.toString(), text);
      boolean found = false;
      boolean changes = false;
      for (var command : commands(manifest, text)) {
        for (var value : Edit.argument(command, FLAG)) {
          found = true;
          changes |= !value.equals(to);
          if (!value.equals(from) && !value.equals(to)) {
            throw cannot(manifest, "it is " + value + " instead of " + from, to);
          }
        }
        if (!Edit.argument(command, FLAG).isEmpty()) {
          edit.setArgument(command, FLAG, to);
        }
      }
      if (!found && mentions(manifest, text)) {
        throw cannot(manifest, "it is not an argument of a container", to);
      }
      return changes ? Optional.of(edit.apply()) : Optional.empty();
    } catch (YamlFailure e) {
      throw new CertificatesFailure(
          "cannot edit " + e.getMessage(),
          "correct the manifest, then run this again; nothing was changed",
          e);
    }
  }

  private static CertificatesFailure cannot(Path manifest, String why, String to) {
    return new CertificatesFailure(
        "cannot change %s in %s: %s".formatted(FLAG, manifest, why),
        "set it to %s by hand, then run this again; nothing was changed".formatted(to));
  }

  private static List<Node.Sequence> commands(Path manifest, String text) {
    var commands = new ArrayList<Node.Sequence>();
    for (var document : Yaml.parse(manifest.toString(), text)) {
      if (!(document.root() instanceof Node.Mapping pod)) {
        continue;
      }
      for (var container :
          pod.mapping("spec").map(spec -> spec.members("containers")).orElse(List.of())) {
        for (var field : List.of("command", "args")) {
          if (container.get(field).orElse(null) instanceof Node.Sequence sequence) {
            commands.add(sequence);
          }
        }
      }
    }
    return commands;
  }

  private static boolean mentions(Path manifest, String text) {
    return Yaml.parse(manifest.toString(), text).stream()
        .anyMatch(document -> mentions(document.root()));
  }

  private static boolean mentions(Node node) {
    return switch (node) {
      case Node.Scalar scalar -> scalar.value().contains(FLAG);
      case Node.Sequence sequence -> sequence.items().stream().anyMatch(SigningFlag::mentions);
      case Node.Mapping mapping ->
          mapping.entries().stream().anyMatch(entry -> mentions(entry.value()));
    };
  }
}
