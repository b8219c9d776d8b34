package dev.ballast.cli.certs;

import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.staticpods.ManifestsAside;
import java.time.InstantSource;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a killed run left: a change that had not come to its end, and a pod without its manifest.
 */
final class Leftovers {
  private Leftovers() {}

  /** Ctrl-C in the middle of a restart must not cost the pod its manifest. */
  static ManifestsAside backAtExit(ManifestsAside aside) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (aside.isTaken()) {
                    aside.putBack();
                  }
                },
                "manifests-back"));
    return aside;
  }

  /** Puts both right, and says so; what another command is at work on is left to it. */
  static void settle(CommandSpec spec, StateDirectory state) {
    var changes = Changes.in(state, InstantSource.system());
    var err = spec.commandLine().getErr();
    switch (changes.settle()) {
      case NONE -> {}
      case ROLLED_BACK -> err.println("an earlier change was cut short; it was taken back");
      case FINISHED -> err.println("an earlier change was cut short; it was finished");
      case IN_PROGRESS -> err.println("another change is under way; what follows may change");
    }
    var aside = new ManifestsAside(state.manifestsAside());
    if (aside.isEmpty()) {
      return;
    }
    try (var session = changes.tryOpen().orElse(null)) {
      if (session != null) {
        aside
            .putBack()
            .forEach(path -> err.println("an earlier restart was cut short; put back " + path));
      }
    }
  }
}
