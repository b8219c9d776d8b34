package dev.ballast.cli.certs;

import dev.ballast.certificates.rollout.Outcome;
import picocli.CommandLine.Model.CommandSpec;

/** How a change ended, in words and as an exit code. */
final class Outcomes {
  private Outcomes() {}

  static int tell(CommandSpec spec, Outcome outcome) {
    var out = spec.commandLine().getOut();
    return switch (outcome) {
      case Outcome.Unchanged _ -> {
        out.println("Nothing had to be changed.");
        yield 0;
      }
      case Outcome.Refreshed refreshed -> {
        out.println(
            "No file had to be changed; restarted "
                + String.join(", ", refreshed.restarted())
                + ", which had read older ones.");
        yield 0;
      }
      case Outcome.Done done -> {
        out.println(
            done.restarted().isEmpty()
                ? done.left().isEmpty() ? "Done; nothing had to be restarted." : "Done."
                : "Done; restarted " + String.join(", ", done.restarted()) + ".");
        done.left().forEach(command -> out.println("Left to you: " + command));
        out.println("To take it back: ballast certs restore " + done.backup());
        yield 0;
      }
      case Outcome.RolledBack back -> {
        Narration.problem(spec, back.problem(), back.remedy());
        spec.commandLine()
            .getErr()
            .println(
                back.wellAgain()
                    ? "The old files stand again, and all that was well before is well."
                    : "The old files stand again, but not everything is well: look at it now.");
        yield 1;
      }
      case Outcome.NotWell not -> {
        Narration.problem(spec, not.problem(), not.remedy());
        spec.commandLine()
            .getErr()
            .println(
                "The new files stand."
                    + (not.backup().isEmpty()
                        ? ""
                        : " To take them back: ballast certs restore " + not.backup()));
        yield 1;
      }
    };
  }
}
