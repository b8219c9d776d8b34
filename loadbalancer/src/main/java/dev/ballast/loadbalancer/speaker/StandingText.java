package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.layer2.Election;

/** A standing as text for a person. */
final class StandingText {
  private StandingText() {}

  static String of(Standing standing) {
    return switch (standing) {
      case Standing.Answering answering ->
          answering.service()
              + ": announced"
              + (answering.handingOver() ? ", until its successor answers" : "")
              + losers(answering.election());
      case Standing.Silent silent ->
          silent.service()
              + ": not announced: "
              + silent.word()
              + ": "
              + silent.why()
              + silent.election().map(StandingText::losers).orElse("");
    };
  }

  static String losers(Election election) {
    StringBuilder text = new StringBuilder();
    election.owner().ifPresent(owner -> text.append("\n  owner ").append(owner));
    for (Election.Loser loser : election.losers()) {
      text.append("\n  not ").append(loser.node()).append(": ").append(loser.reason());
    }
    return text.toString();
  }
}
