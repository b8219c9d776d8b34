package dev.ballast.certificates.rotation;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.recovery.WorkerSteps;
import java.util.ArrayList;
import java.util.List;

/** What is left to do on other nodes after a stage, as commands that can be copied. */
public final class RotationSteps {
  private final Authority authority;
  private final String name;
  private final List<String> steps = new ArrayList<>();

  private RotationSteps(Authority authority) {
    this.authority = authority;
    this.name = "/etc/kubernetes/pki/" + authority.baseName();
  }

  /** The steps after the one that was taken from this stage. */
  public static List<String> after(Stage from, Authority authority) {
    var all = new RotationSteps(authority);
    switch (from) {
      case Stage.NotBegun _ -> all.trustBoth();
      case Stage.TrustsBoth both -> {
        if (both.trustingOne().isEmpty()) {
          all.reissue();
        } else {
          all.say("This node trusts both.");
        }
      }
      case Stage.Reissued reissued -> {
        if (reissued.signedByOld().isEmpty()) {
          all.dropOld();
        } else {
          all.say("Nothing on this node is signed by the old one any more.");
        }
      }
      case Stage.Unclear _ -> {
        // Nothing was done from there.
      }
    }
    return List.copyOf(all.steps);
  }

  private void trustBoth() {
    say("This node trusts both. Before the next stage, on every other control-plane NODE:");
    copy(".crt");
    copy("-next.key");
    rotate("trust-both");
    if (authority == Authority.CA) {
      say("and on every worker NODE:");
      run(WorkerSteps.copyAuthority());
      run(WorkerSteps.trustAuthorityFile());
      run(WorkerSteps.restartKubelet());
    }
    say("then here:");
    run("ballast certs rotate " + authority.label() + " --to reissue");
  }

  private void reissue() {
    say("The new one signs here. Before the next stage, on every other control-plane NODE:");
    copy(".crt");
    copy(".key");
    run("ssh root@NODE rm -f " + name + "-next.key");
    rotate("reissue");
    if (authority == Authority.CA) {
      say("and on every worker NODE:");
      WorkerSteps.newIdentity().forEach(this::run);
      run(WorkerSteps.trustAuthorityFile());
      run(WorkerSteps.restartKubelet());
      say("and what has read the authority into pods:");
      run("kubectl -n kube-system rollout restart daemonset");
      run("kubectl -n kube-system rollout restart deployment");
    }
    say("then here:");
    run("ballast certs rotate " + authority.label() + " --to drop-old");
  }

  private void dropOld() {
    say("The old one is not trusted here any more. On every other control-plane NODE:");
    rotate("drop-old");
    if (authority == Authority.CA) {
      say("and on every worker NODE:");
      run(WorkerSteps.copyAuthority());
      run(WorkerSteps.restartKubelet());
      say("and for nodes that join:");
      run("kubeadm init phase bootstrap-token");
    }
  }

  private void say(String text) {
    steps.add(text);
  }

  private void run(String command) {
    steps.add("  " + command);
  }

  private void copy(String extension) {
    run("scp " + name + extension + " root@NODE:" + name + extension);
  }

  private void rotate(String goal) {
    run("ssh root@NODE ballast certs rotate " + authority.label() + " --to " + goal);
  }
}
