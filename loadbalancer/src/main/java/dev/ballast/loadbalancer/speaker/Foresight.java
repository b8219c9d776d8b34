package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.allocation.Decision;
import dev.ballast.loadbalancer.config.Configuration;
import dev.ballast.loadbalancer.config.ServiceReader;
import dev.ballast.loadbalancer.membership.Heartbeat;
import dev.ballast.loadbalancer.membership.View;
import dev.ballast.objects.Service;
import dev.ballast.objects.Snapshot;
import dev.ballast.objects.Stored;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What speakers would do, without one. */
public final class Foresight {
  private Foresight() {}

  /**
   * Who would announce a service with the addresses that were decided, if there were a living
   * speaker on every node and nobody announced anything yet.
   */
  public static String of(
      Snapshot snapshot, Decision decision, String loadBalancerClass, boolean ignoreExcludeLabel) {
    List<String> ingress = decision.addresses().stream().map(Address::toString).toList();
    List<Stored> objects =
        snapshot.objects().stream()
            .map(stored ->
                stored.object() instanceof Service service
                        && ServiceReader.name(service).equals(decision.service())
                    ? stored.with(service.withIngress(ingress))
                    : stored)
            .toList();
    Snapshot then =
        new Snapshot(snapshot.version(), objects, snapshot.problems(), snapshot.reachable());
    Knowledge knowledge =
        KnowledgeReader.read(
            Configuration.read(then), then, "", loadBalancerClass, ignoreExcludeLabel);
    Set<String> everywhere = new HashSet<>();
    knowledge.nodes().forEach(node -> everywhere.add(node.node()));
    View view = new View("", Heartbeat.Phase.GONE, everywhere, Map.of());
    Plan plan = new Announcer(Duration.ZERO, new Gate()).decide(knowledge, view, 0);
    Standing standing = plan.standings().get(decision.service().toString());
    return switch (standing) {
      case null -> "";
      case Standing.Answering answering -> StandingText.of(answering) + "\n";
      case Standing.Silent silent -> text(silent);
    };
  }

  private static String text(Standing.Silent silent) {
    if (silent.election().isEmpty()) {
      return StandingText.of(silent) + "\n";
    }
    var election = silent.election().get();
    String losers = StandingText.losers(election) + "\n";
    return election.owner().isPresent()
        ? "announced:" + losers
        : silent.service() + ": not announced: no node can answer for it" + losers;
  }
}
