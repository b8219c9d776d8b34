package dev.ballast.certificates.report;

import dev.ballast.certificates.live.LivePort;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is decided about a node.
 *
 * @param entries the certificates, each with what was noticed about it
 * @param ports the ports, each with what was noticed about it
 * @param general what belongs to none of them
 */
public record Report(
    String node, Instant taken, List<Entry> entries, List<PortEntry> ports, List<Finding> general) {

  /** A certificate and what was noticed about it, worst first. */
  public record Entry(Item item, List<Finding> findings) {
    public Entry {
      findings = worstFirst(findings);
    }

    public Finding.Level level() {
      return findings.isEmpty() ? Finding.Level.OK : findings.getFirst().level();
    }
  }

  /** A port and what was noticed about it, worst first. */
  public record PortEntry(LivePort port, List<Finding> findings) {
    public PortEntry {
      findings = worstFirst(findings);
    }

    public Finding.Level level() {
      return findings.isEmpty() ? Finding.Level.OK : findings.getFirst().level();
    }
  }

  public Report {
    entries = List.copyOf(entries);
    ports = List.copyOf(ports);
    general = worstFirst(general);
  }

  private static List<Finding> worstFirst(List<Finding> findings) {
    return findings.stream().sorted((a, b) -> b.level().compareTo(a.level())).toList();
  }

  public Stream<Finding> findings() {
    return Stream.of(
            entries.stream().flatMap(entry -> entry.findings().stream()),
            ports.stream().flatMap(entry -> entry.findings().stream()),
            general.stream())
        .flatMap(all -> all);
  }

  public Finding.Level worst() {
    return findings().map(Finding::level).max(Finding.Level::compareTo).orElse(Finding.Level.OK);
  }

  public long count(Finding.Level level) {
    return findings().filter(finding -> finding.level() == level).count();
  }
}
