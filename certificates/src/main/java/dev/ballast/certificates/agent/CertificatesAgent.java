package dev.ballast.certificates.agent;

import dev.ballast.certificates.agent.AgentEvent.Reason;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.report.Check;
import dev.ballast.certificates.report.NodeFiles;
import dev.ballast.certificates.report.NodeSnapshot;
import dev.ballast.certificates.report.Report;
import dev.ballast.certificates.report.SnapshotReader;
import dev.ballast.certificates.rollout.Machine;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.certificates.rollout.Rollout;
import dev.ballast.certificates.staticpods.ManifestsAside;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Looks at the node once: settles what a killed run left, renews what is due, tells the rest. */
public final class CertificatesAgent {
  private final NodeFiles files;
  private final Changes changes;
  private final Machine machine;
  private final ManifestsAside aside;
  private final DueDate due;
  private final BiFunction<NodeSnapshot, AgentDecision, Plan> planner;
  private final InstantSource clock;
  private final Consumer<String> narration;
  private final Consumer<AgentEvent> events;
  private final Duration settle;

  /**
   * An agent for one node.
   *
   * @param planner makes the files of a decision
   * @param narration told of every step, in a sentence
   * @param events told of what others have to know
   * @param settle how long servers may take to read their files again
   */
  public CertificatesAgent(
      NodeFiles files,
      Changes changes,
      Machine machine,
      ManifestsAside aside,
      DueDate due,
      BiFunction<NodeSnapshot, AgentDecision, Plan> planner,
      InstantSource clock,
      Consumer<String> narration,
      Consumer<AgentEvent> events,
      Duration settle) {
    this.files = files;
    this.changes = changes;
    this.machine = machine;
    this.aside = aside;
    this.due = due;
    this.planner = planner;
    this.clock = clock;
    this.narration = narration;
    this.events = events;
    this.settle = settle;
  }

  /** One look, and one renewal when something is due. */
  public AgentCycle look() {
    try (var session = changes.open()) {
      if (session.leftover() != Changes.Leftover.NONE) {
        tell(
            AgentEvent.normal(
                Reason.CERTIFICATE_CHANGE_SETTLED,
                "a change that was cut short is settled: " + session.leftover()));
      }
      aside.putBack().forEach(path -> narration.accept("put back " + path));
      var snapshot = SnapshotReader.read(files, clock.instant());
      var decision = AgentDecision.of(report(snapshot), due);
      decision
          .refused()
          .forEach(reason ->
              tell(
                  AgentEvent.warning(
                      Reason.CERTIFICATE_LEFT_TO_PERSON, "left to a person: " + reason)));
      Optional<Outcome> outcome = Optional.empty();
      if (!decision.renewed().isEmpty()) {
        narration.accept("renewing " + String.join(", ", decision.renewed()));
        outcome =
            Optional.of(
                new Rollout(machine, changes, narration, settle)
                    .renew(session, planner.apply(snapshot, decision)));
        outcome.ifPresent(ended -> tell(decision, ended));
      }
      var after = report(SnapshotReader.read(files, clock.instant()));
      return new AgentCycle(after, outcome, decision.renewed(), decision.refused());
    }
  }

  private void tell(AgentDecision decision, Outcome outcome) {
    String names = String.join(", ", decision.renewed());
    switch (outcome) {
      case Outcome.Unchanged _, Outcome.Refreshed _ -> {
        // Nobody needs to know.
      }
      case Outcome.Done done ->
          tell(
              AgentEvent.normal(
                  Reason.CERTIFICATES_RENEWED,
                  "renewed %s; restarted: %s%s; ballast certs restore %s takes it back"
                      .formatted(
                          names,
                          done.restarted().isEmpty() ? "none" : String.join(", ", done.restarted()),
                          done.left().isEmpty()
                              ? ""
                              : "; left to you: " + String.join(", ", done.left()),
                          done.backup())));
      case Outcome.RolledBack back ->
          tell(
              AgentEvent.warning(
                  Reason.CERTIFICATES_ROLLED_BACK,
                  "renewal of %s taken back: %s; %s"
                      .formatted(names, back.problem(), back.remedy())));
      case Outcome.NotWell bad ->
          tell(
              AgentEvent.warning(
                  Reason.CERTIFICATES_NOT_WELL,
                  "renewed %s, but %s; %s".formatted(names, bad.problem(), bad.remedy())));
    }
  }

  private void tell(AgentEvent event) {
    narration.accept(event.message());
    events.accept(event);
  }

  /** The node could not be looked at. */
  void lookFailed(String problem) {
    events.accept(AgentEvent.warning(Reason.CERTIFICATES_LOOK_FAILED, "look failed: " + problem));
  }

  private Report report(NodeSnapshot snapshot) {
    return Check.decide(
        snapshot.withLive(machine.look(snapshot.pods()), Set.of()), Check.DEFAULT_WARNING);
  }

  /** What the agent would renew now, without doing it. */
  public List<String> due() {
    return AgentDecision.of(report(SnapshotReader.read(files, clock.instant())), due).renewed();
  }
}
