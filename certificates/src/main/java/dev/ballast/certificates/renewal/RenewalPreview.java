package dev.ballast.certificates.renewal;

import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Layout;
import dev.ballast.certificates.Leaf;
import dev.ballast.pki.KeyAlgorithm;
import java.util.List;

/** The decisions in words, before anything is done. */
public final class RenewalPreview {
  private RenewalPreview() {}

  /** Each line ends in a line feed. */
  public static String text(List<Decision> decisions, Layout layout, KeyAlgorithm algorithm) {
    var text = new StringBuilder();
    for (Decision decision : decisions) {
      switch (decision) {
        case Decision.Renew renew -> renew(text, renew, layout, algorithm);
        case Decision.Missing missing ->
            text.append(missing.renewable().label())
                .append(": nothing to renew, ")
                .append(layout.file(missing.renewable()))
                .append(" does not exist\n");
        case Decision.External external ->
            text.append(external.renewable().label())
                .append(": not renewed, ")
                .append(layout.key(external.renewable().authority()))
                .append(" is not here\n");
        case Decision.Refused refused ->
            text.append(refused.renewable().label())
                .append(": cannot be renewed: ")
                .append(refused.problem())
                .append("\n  try: ")
                .append(refused.remedy())
                .append('\n');
      }
    }
    return text.toString();
  }

  private static void renew(
      StringBuilder text, Decision.Renew renew, Layout layout, KeyAlgorithm algorithm) {
    text.append(renew.renewable().label()).append(": would be renewed\n");
    text.append("  files    ")
        .append(
            switch (renew.renewable()) {
              case Leaf leaf -> layout.certificate(leaf) + ", " + layout.key(leaf);
              case KubeconfigFile file -> layout.kubeconfig(file).toString();
            })
        .append('\n');
    text.append("  key      new, ").append(algorithm.label()).append('\n');
    text.append("  expires  ")
        .append(renew.predecessor().getNotAfter().toInstant())
        .append(" -> ")
        .append(renew.successor().notAfter())
        .append('\n');
    renew.reasons().forEach(reason -> text.append("  note     ").append(reason).append('\n'));
  }
}
