package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.layer2.Withdrawal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reports what differs between two decisions, and nothing twice. One thread. */
final class Told {
  private final Report report;
  private final Supplier<Set<String>> interfaces;
  private final Map<String, Set<String>> notes = new HashMap<>();
  private final Set<String> labels = new HashSet<>();

  Told(Report report, Supplier<Set<String>> interfaces) {
    this.report = report;
    this.interfaces = interfaces;
  }

  void tell(Map<String, Standing> before, Map<String, Standing> next) {
    next.forEach((service, standing) -> {
      Standing former = before.get(service);
      switch (standing) {
        case Standing.Answering answering -> {
          if (!sameAnnouncement(former, answering)) {
            report.answering(answering);
            missingInterfaces(answering);
          }
          label(answering);
        }
        case Standing.Silent silent -> {
          if (former instanceof Standing.Answering) {
            report.withdrawn(silent);
          }
        }
      }
      notes(service, standing);
    });
    before.forEach((service, former) -> {
      if (former instanceof Standing.Answering answering && !next.containsKey(service)) {
        report.withdrawn(deleted(answering));
      }
    });
    notes.keySet().retainAll(next.keySet());
    labels.retainAll(next.keySet());
  }

  private static boolean sameAnnouncement(@Nullable Standing former, Standing.Answering now) {
    return former instanceof Standing.Answering answering
        && answering.addresses().equals(now.addresses())
        && answering.links().equals(now.links());
  }

  private void label(Standing.Answering answering) {
    if (!answering.election().labelIgnored()) {
      labels.remove(answering.service());
    } else if (labels.add(answering.service())) {
      report.labelIgnored(answering.service());
    }
  }

  private void missingInterfaces(Standing.Answering answering) {
    Set<String> present = new TreeSet<>(answering.links());
    present.retainAll(interfaces.get());
    if (!answering.links().isEmpty() && present.isEmpty()) {
      answering
          .addresses()
          .forEach(
              address -> report.noSuchInterface(answering.service(), address, answering.links()));
    }
  }

  private void notes(String service, Standing standing) {
    Set<String> now =
        switch (standing) {
          case Standing.Answering answering -> new TreeSet<>(answering.notes());
          case Standing.Silent silent -> new TreeSet<>(silent.notes());
        };
    Set<String> former = notes.getOrDefault(service, Set.of());
    now.stream().filter(note -> !former.contains(note)).forEach(n -> report.note(service, n));
    notes.put(service, now);
  }

  private static Standing.Silent deleted(Standing.Answering former) {
    return new Standing.Silent(
        former.service(),
        Withdrawal.SERVICE_DELETED,
        "the service is gone",
        Optional.empty(),
        List.of());
  }
}
