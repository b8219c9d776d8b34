package dev.ballast.certificates.recovery;

import dev.ballast.certificates.recovery.RecoveryDecision.Verdict;
import java.util.List;

/** A decision as it is shown before it is done. */
public final class RecoveryText {
  private RecoveryText() {}

  /** One line for each certificate. */
  public static List<String> of(RecoveryDecision decision) {
    return decision.lines().stream().map(RecoveryText::line).toList();
  }

  private static String line(RecoveryDecision.Line line) {
    var word =
        switch (line.verdict()) {
          case Verdict.Keep _ -> "keep    ";
          case Verdict.RenewAuthority _, Verdict.Reissue _ -> "renew   ";
          case Verdict.Create _ -> "create  ";
          case Verdict.Trust _ -> "trust   ";
          case Verdict.Discard _ -> "discard ";
          case Verdict.Cannot _ -> "cannot  ";
        };
    return word + line.item().name() + ": " + line.verdict().reason();
  }
}
