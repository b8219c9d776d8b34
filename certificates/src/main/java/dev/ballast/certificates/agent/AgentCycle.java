package dev.ballast.certificates.agent;

import dev.ballast.certificates.report.Report;
import dev.ballast.certificates.rollout.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * What one look of the agent came to.
 *
 * @param report of the node after whatever was done
 * @param outcome of the renewal, empty when nothing was due
 * @param renewed names of what was due
 * @param refused what was due and cannot be renewed here, with the reason
 */
public record AgentCycle(
    Report report, Optional<Outcome> outcome, List<String> renewed, List<String> refused) {
  public AgentCycle {
    renewed = List.copyOf(renewed);
    refused = List.copyOf(refused);
  }
}
