package dev.ballast.certificates.rollout;

import dev.ballast.certificates.change.Backup;
import dev.ballast.certificates.change.ChangeFailure;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.Plan;
import dev.ballast.certificates.staticpods.StaticPod;
import dev.ballast.certificates.staticpods.StaticPodFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Applies a plan and believes it only when the ports were asked: what still serves the old
 * certificate is restarted, what was well before must be well after, or everything goes back.
 */
public final class Rollout {
  /** kube-apiserver and etcd read their files again by themselves, within moments. */
  public static final Duration SETTLE = Duration.ofSeconds(5);

  private final Machine machine;
  private final Changes changes;
  private final Consumer<String> narration;
  private final Duration settle;

  /**
   * A rollout on a machine.
   *
   * @param narration told of each step as it is done
   * @param settle how long servers are given to read their files again before they are restarted
   */
  public Rollout(Machine machine, Changes changes, Consumer<String> narration, Duration settle) {
    this.machine = machine;
    this.changes = changes;
    this.narration = narration;
    this.settle = settle;
  }

  /** Applies the plan; goes back when what was well before is not well after. */
  public Outcome renew(Changes.Session session, Plan plan) {
    var pods = machine.pods();
    var wellBefore = well(pods);
    var kubelet = new Kubelet(machine, narration);
    var backup = session.apply(plan).orElse(null);
    if (backup == null) {
      return new Outcome.Unchanged();
    }
    told(backup);
    var restarted = new ArrayList<StaticPod>();
    try {
      if (Kubelet.isConcerned(backup, machine.files())) {
        kubelet.restart();
      }
      restartStale(pods, restarted);
      requireWell(wellBefore);
      kubelet.requireWell();
      return done(backup.id(), kubelet, restarted);
    } catch (StaticPodFailure e) {
      narration.accept(e.problem() + "; going back to the old files");
      return goBack(session, backup, kubelet, restarted, wellBefore, e);
    }
  }

  /** Changes no file, and restarts what has read older ones: they were copied here by hand. */
  public Outcome refresh() {
    var pods = machine.pods();
    var restarted = new ArrayList<StaticPod>();
    try {
      restartStale(pods, restarted);
    } catch (StaticPodFailure e) {
      return new Outcome.NotWell("", e.problem(), e.remedy());
    }
    return unchanged(restarted);
  }

  private static Outcome unchanged(List<StaticPod> restarted) {
    return restarted.isEmpty()
        ? new Outcome.Unchanged()
        : new Outcome.Refreshed(restarted.stream().map(StaticPod::name).toList());
  }

  /**
   * Applies the plan to a node that is down: the kubelet is restarted too, and nothing goes back,
   * since what was there before did not work either.
   *
   * @param wait how long the pods may take to be well
   */
  public Outcome recover(
      Changes.Session session, Plan plan, boolean restartKubelet, Duration wait) {
    var pods = machine.pods();
    var backup = session.apply(plan).orElse(null);
    if (backup != null) {
      told(backup);
    }
    var kubelet = new Kubelet(machine, narration);
    if (restartKubelet && backup != null) {
      kubelet.restart();
    }
    var id = backup == null ? "" : backup.id();
    var restarted = new ArrayList<StaticPod>();
    try {
      restartStale(pods, restarted);
      awaitWell(pods, wait);
    } catch (StaticPodFailure e) {
      return new Outcome.NotWell(id, e.problem(), e.remedy());
    }
    return backup == null ? unchanged(restarted) : done(id, kubelet, restarted);
  }

  private static Outcome done(String backup, Kubelet kubelet, List<StaticPod> pods) {
    var restarted = new ArrayList<String>();
    if (kubelet.wasRestarted()) {
      restarted.add("kubelet");
    }
    pods.forEach(pod -> restarted.add(pod.name()));
    return new Outcome.Done(backup, restarted, kubelet.left().stream().toList());
  }

  private void told(Backup backup) {
    narration.accept("changed " + backup.entries().size() + " files; backup " + backup.id());
  }

  private List<StaticPod> well(List<StaticPod> pods) {
    return pods.stream()
        .filter(pod -> pod.health().isPresent() && machine.restarts().complaint(pod).isEmpty())
        .toList();
  }

  private void restartStale(List<StaticPod> pods, List<StaticPod> restarted) {
    machine.patience().until(settle, () -> servesNothingOld(pods));
    for (var stale : machine.stale(pods)) {
      narration.accept("restarting " + stale.pod().name() + ": " + stale.reasons().getFirst());
      restarted.add(stale.pod());
      machine.restarts().restart(stale.pod());
      narration.accept(stale.pod().name() + " is well");
    }
  }

  /** Waiting helps only those that read their files again; others are known by their start. */
  private boolean servesNothingOld(List<StaticPod> pods) {
    return machine.stale(pods).stream()
        .flatMap(stale -> stale.reasons().stream())
        .noneMatch(dev.ballast.certificates.staticpods.StalePod.Reason.ServesOld.class::isInstance);
  }

  private void requireWell(List<StaticPod> pods) {
    for (var pod : pods) {
      var complaint = machine.restarts().complaint(pod);
      if (complaint.isPresent()) {
        awaitWell(List.of(pod), settle);
      }
    }
  }

  private void awaitWell(List<StaticPod> pods, Duration limit) {
    for (var pod : pods) {
      var well = machine.patience().until(limit, () -> machine.restarts().complaint(pod).isEmpty());
      if (!well) {
        throw new StaticPodFailure(
            pod.name() + " is not well: " + machine.restarts().complaint(pod).orElse("just now"),
            "see crictl logs of " + pod.name() + " and journalctl -u kubelet");
      }
    }
  }

  private Outcome goBack(
      Changes.Session session,
      Backup backup,
      Kubelet kubelet,
      List<StaticPod> restarted,
      List<StaticPod> wellBefore,
      StaticPodFailure failure) {
    try {
      session.apply(changes.restoring(backup));
    } catch (ChangeFailure e) {
      return new Outcome.NotWell(
          backup.id(), failure.problem() + ", and going back failed: " + e.problem(), e.remedy());
    }
    narration.accept("the old files stand again");
    if (kubelet.wasRestarted()) {
      kubelet.restart();
    }
    var wellAgain = true;
    for (var pod : restarted) {
      try {
        machine.restarts().restart(pod);
      } catch (StaticPodFailure e) {
        narration.accept(e.problem());
        wellAgain = false;
      }
    }
    for (var pod : wellBefore) {
      wellAgain &=
          machine.patience().until(settle, () -> machine.restarts().complaint(pod).isEmpty());
    }
    return new Outcome.RolledBack(failure.problem(), failure.remedy(), wellAgain);
  }
}
