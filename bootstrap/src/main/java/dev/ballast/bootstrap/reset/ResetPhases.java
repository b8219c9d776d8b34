package dev.ballast.bootstrap.reset;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.machine.Programs;
import dev.ballast.bootstrap.phase.Phase;
import dev.ballast.bootstrap.phase.Phases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The phases of {@code reset}. Each may be repeated, and goes on where one before was interrupted.
 */
public final class ResetPhases {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final List<String> KUBECONFIGS =
      List.of(
          "admin.conf",
          "super-admin.conf",
          "kubelet.conf",
          "bootstrap-kubelet.conf",
          "controller-manager.conf",
          "scheduler.conf",
          ".ballast-init",
          ".ballast-join");

  private ResetPhases() {}

  /** All of them. */
  public static final Phases<ResetRun> ALL =
      new Phases<>(
          "ballast reset",
          List.of(
              Phase.of("preflight", "Run reset pre-flight checks", ResetPhases::preflight),
              Phase.of("cleanup-node", "Run cleanup node.", ResetPhases::cleanUp)));

  private static void preflight(ResetRun run) {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new BootstrapFailure("user is not running as root", "use sudo");
    }
    run.say("[preflight] Running pre-flight checks");
  }

  private static void cleanUp(ResetRun run) {
    run.say("[reset] Stopping the kubelet service");
    if (!run.dry()) {
      run.kubelet()
          .stop()
          .ifPresent(reason ->
              run.say(
                  "[reset] WARNING: the kubelet service could not be stopped: "
                      + reason
                      + "; please ensure kubelet is stopped manually"));
    }
    // Before the pods, so that no kubelet that still runs starts them again.
    remove(run, run.files().manifests(), false);
    removePods(run);
    unmount(run, run.files().kubelet());
    run.say("[reset] Deleting contents of directories: the kubelet's, the certificates', etcd's");
    remove(run, run.files().kubelet(), false);
    remove(run, run.files().pki(), false);
    remove(run, run.etcdData(), false);
    run.say("[reset] Deleting files: " + KUBECONFIGS);
    KUBECONFIGS.forEach(name -> remove(run, run.files().kubeconfig(name), true));
    remove(run, run.files().cni().resolve("10-ballast-bridge.conflist"), true);
    run.say("");
    run.say("Left on purpose, since others may use them:");
    run.say("  other CNI configuration in " + run.files().cni());
    run.say("  rules of iptables, nftables and IPVS: kube-proxy --cleanup");
    run.say("  images of the container runtime: crictl rmi --all");
    run.say("  kubeconfigs of users: $HOME/.kube/config");
    run.say("  the Node in the cluster: kubectl delete node NAME");
  }

  /** The sandboxes of the runtime's namespace that Kubernetes uses, with what runs in them. */
  private static void removePods(ResetRun run) {
    if (Programs.find("ctr").isEmpty()) {
      run.say("[reset] WARNING: there is no ctr; the pods of another runtime are left");
      return;
    }
    List<String> containers =
        Programs.run(LIMIT, "ctr", "-n", "k8s.io", "containers", "list", "-q")
            .output()
            .lines()
            .filter(line -> line.matches("[0-9a-f]{64}"))
            .toList();
    run.say("[reset] Removing " + containers.size() + " Kubernetes-managed containers");
    if (run.dry()) {
      return;
    }
    for (String container : containers) {
      Programs.run(LIMIT, "ctr", "-n", "k8s.io", "tasks", "kill", "-a", "-s", "SIGKILL", container);
    }
    for (String container : containers) {
      for (int attempt = 0; attempt < 20; attempt++) {
        Programs.run(LIMIT, "ctr", "-n", "k8s.io", "tasks", "delete", "-f", container);
        var removed = Programs.run(LIMIT, "ctr", "-n", "k8s.io", "containers", "delete", container);
        if (removed.succeeded() || removed.output().contains("not found")) {
          break;
        }
        dev.ballast.bootstrap.api.Pause.of(Duration.ofMillis(100));
      }
    }
  }

  /** What pods had mounted there; the deepest first. */
  private static void unmount(ResetRun run, Path below) {
    var mounted = new ArrayList<String>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
        String target = line.split(" ")[1].replace("\\040", " ");
        if (target.startsWith(below + "/")) {
          mounted.add(target);
        }
      }
    } catch (IOException e) {
      run.say("[reset] WARNING: cannot read /proc/self/mounts: " + e.getMessage());
    }
    mounted.sort(Comparator.reverseOrder());
    for (String target : mounted) {
      run.say("[reset] Unmounting " + target);
      if (!run.dry()) {
        var answer = Programs.run(LIMIT, "umount", target);
        if (!answer.succeeded()) {
          throw new BootstrapFailure(
              "cannot unmount " + target + ": " + answer.output().strip(),
              "see by whom it is used: fuser -m " + target + "; nothing in it was removed");
        }
      }
    }
  }

  /** Removes what is in a directory, or the thing itself; links are removed, not followed. */
  private static void remove(ResetRun run, Path path, boolean itself) {
    if (run.dry() || Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        try (var entries = Files.newDirectoryStream(path)) {
          for (Path entry : entries) {
            remove(run, entry, true);
          }
        }
      }
      if (itself) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new BootstrapFailure(
          "cannot remove " + path + ": " + e.getMessage(),
          "see who holds it, then run ballast reset again",
          e);
    }
  }
}
