package dev.ballast.certificates.agent;

import dev.ballast.certificates.report.Finding;
import dev.ballast.certificates.rollout.Outcome;
import dev.ballast.roles.HealthCheck;
import dev.ballast.roles.Role;
import dev.ballast.roles.RoleContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The role {@code certs-agent}: looks at the node every so often and renews what is due. */
public final class CertificatesAgentRole implements Role {
  private static final System.Logger LOG = System.getLogger(CertificatesAgentRole.class.getName());

  private final Function<RoleContext, CertificatesAgent> agents;
  private final InstantSource clock;
  private final Duration interval;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile HealthCheck lastLook =
      HealthCheck.unwell("look", HealthCheck.Scope.READY, "it has not looked yet");
  private @Nullable Thread loop;

  /**
   * The role.
   *
   * @param interval between two looks
   */
  public CertificatesAgentRole(
      Function<RoleContext, CertificatesAgent> agents, InstantSource clock, Duration interval) {
    this.agents = agents;
    this.clock = clock;
    this.interval = interval;
  }

  @Override
  public String name() {
    return "certs-agent";
  }

  @Override
  public void start(RoleContext context) {
    var agent = agents.apply(context);
    var metrics = new AgentMetrics(context.metrics());
    loop = context.go("certs-agent", () -> run(agent, metrics));
  }

  private void run(CertificatesAgent agent, AgentMetrics metrics) throws InterruptedException {
    do {
      look(agent, metrics);
    } while (!stop.await(interval.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** A look that fails is told and tried again: a full disk today may have room tomorrow. */
  private void look(CertificatesAgent agent, AgentMetrics metrics) {
    try {
      var cycle = agent.look();
      metrics.record(cycle, clock.instant());
      lastLook = judge(cycle);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "look failed: " + e.getMessage());
      lastLook =
          HealthCheck.unwell("look", HealthCheck.Scope.READY, String.valueOf(e.getMessage()));
      agent.lookFailed(String.valueOf(e.getMessage()));
    }
  }

  private static HealthCheck judge(AgentCycle cycle) {
    if (cycle.outcome().isPresent() && cycle.outcome().get() instanceof Outcome.RolledBack back) {
      return HealthCheck.unwell("look", HealthCheck.Scope.READY, back.problem());
    }
    var broken = cycle.report().count(Finding.Level.BROKEN);
    return broken == 0
        ? HealthCheck.well("look", HealthCheck.Scope.READY, "no certificate is broken")
        : HealthCheck.unwell(
            "look", HealthCheck.Scope.READY, broken + " findings are broken: ballast certs check");
  }

  @Override
  public List<HealthCheck> health() {
    return List.of(lastLook);
  }

  @Override
  public void close() {
    stop.countDown();
    var running = loop;
    if (running == null) {
      return;
    }
    try {
      // A renewal under way is let to its end; the caller bounds the wait.
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
