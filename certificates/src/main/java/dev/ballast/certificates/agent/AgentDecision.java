package dev.ballast.certificates.agent;

import dev.ballast.certificates.recovery.RecoveryDecision;
import dev.ballast.certificates.recovery.RecoveryDecision.Verdict;
import dev.ballast.certificates.report.Report;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the agent does about a report. It renews leafs and kubeconfigs; authorities, users' copies
 * that are not the admin's, and a node whose clock is wrong are for a person.
 *
 * @param decision what is renewed; changes nothing when nothing is due
 * @param renewed names of what is renewed
 * @param refused what is due and left to a person, with the reason
 */
public record AgentDecision(RecoveryDecision decision, List<String> renewed, List<String> refused) {
  public AgentDecision {
    renewed = List.copyOf(renewed);
    refused = List.copyOf(refused);
  }

  public static AgentDecision of(Report report, DueDate due) {
    if (report.general().stream().anyMatch(f -> f.id().equals("clock-behind"))) {
      return new AgentDecision(
          new RecoveryDecision(List.of()), List.of(), List.of("the clock is wrong"));
    }
    var wanted =
        RecoveryDecision.of(
            report, certificate -> due.ahead(report.node(), lifetime(certificate)), false);
    var lines = new ArrayList<RecoveryDecision.Line>();
    var renewed = new ArrayList<String>();
    var refused = new ArrayList<String>();
    for (var line : wanted.lines()) {
      var name = line.item().name();
      switch (line.verdict()) {
        case Verdict.Keep _ -> lines.add(line);
        case Verdict.Reissue _, Verdict.Create _ -> {
          lines.add(line);
          renewed.add(name);
        }
        case Verdict.RenewAuthority verdict -> {
          refused.add(name + ": " + verdict.reason() + "; ballast certs rotate or recover");
          lines.add(keep(line));
        }
        case Verdict.Trust _, Verdict.Discard _ -> lines.add(keep(line));
        case Verdict.Cannot cannot -> {
          refused.add(name + ": " + cannot.reason() + "; " + cannot.remedy());
          lines.add(line);
        }
      }
    }
    return new AgentDecision(new RecoveryDecision(lines), renewed, refused);
  }

  private static RecoveryDecision.Line keep(RecoveryDecision.Line line) {
    return new RecoveryDecision.Line(line.item(), new Verdict.Keep("left to a person"));
  }

  private static Duration lifetime(X509Certificate certificate) {
    return Duration.between(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }
}
