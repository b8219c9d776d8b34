package dev.ballast.bootstrap.preflight;

import dev.ballast.bootstrap.BootstrapFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The checks before a command changes the machine.
 *
 * @param checks each returns what it found
 * @param ignored names whose errors are warnings; {@code all} means every one
 * @param errors told of each finding, on standard error
 */
public record Preflight(List<Check> checks, Set<String> ignored, Consumer<String> errors) {

  /**
   * A check.
   *
   * @param ownWork whether it fails because of what a run that was interrupted left
   */
  public record Check(boolean ownWork, Supplier<List<Finding>> run) {}

  public Preflight {
    var lower = new ArrayList<String>();
    ignored.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
    ignored = Set.copyOf(lower);
    if (ignored.contains("all") && ignored.size() > 1) {
      throw new BootstrapFailure(
          "--ignore-preflight-errors: 'all' cannot be given together with others", "give it alone");
    }
  }

  /** Returns all findings, with those that are ignored as warnings. */
  public List<Finding> findings(boolean resumes) {
    return checks.stream()
        .filter(check -> !(resumes && check.ownWork()))
        .flatMap(check -> check.run().get().stream())
        .map(finding ->
            finding.fatal() && isIgnored(finding.check())
                ? new Finding(finding.check(), false, finding.problem(), finding.fix())
                : finding)
        .toList();
  }

  private boolean isIgnored(String check) {
    return ignored.contains("all") || ignored.contains(check.toLowerCase(Locale.ROOT));
  }

  /**
   * Runs all.
   *
   * @param resumes whether this goes on from a run that was interrupted
   * @throws BootstrapFailure when something is fatal
   */
  public void run(boolean resumes) {
    List<Finding> findings = findings(resumes);
    findings.stream().filter(f -> !f.fatal()).forEach(f -> errors.accept(f.text()));
    List<Finding> fatal = findings.stream().filter(Finding::fatal).toList();
    if (!fatal.isEmpty()) {
      var text = new StringBuilder("preflight checks failed\n");
      text.append("[preflight] Some fatal errors occurred:\n");
      fatal.forEach(f -> text.append(f.text()).append('\n'));
      throw new BootstrapFailure(
          text.append("[preflight] nothing was changed").toString(),
          "put these right, or make a check non-fatal with --ignore-preflight-errors="
              + fatal.getFirst().check());
    }
  }
}
