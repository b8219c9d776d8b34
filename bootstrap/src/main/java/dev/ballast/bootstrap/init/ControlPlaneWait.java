package dev.ballast.bootstrap.init;

import dev.ballast.bootstrap.BootstrapFailure;
import dev.ballast.bootstrap.api.KubeApi;
import dev.ballast.bootstrap.api.Pause;
import dev.ballast.bootstrap.config.Settings;
import dev.ballast.bootstrap.data.Data;
import dev.ballast.bootstrap.diagnosis.Cause;
import dev.ballast.bootstrap.diagnosis.Diagnosis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Waits until kubelet and control plane answer, says what it waits for, and ends early when
 * something is found that will not pass.
 */
final class ControlPlaneWait {
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration ASK = Duration.ofSeconds(2);

  /** A kubelet starts a few times before it settles; what lasts longer than this does not pass. */
  private static final Duration LASTS = Duration.ofSeconds(12);

  private final InitRun run;
  private final Diagnosis diagnosis;

  ControlPlaneWait(InitRun run) {
    this.run = run;
    this.diagnosis = Diagnosis.ofMachine(run.kubeletLog(), run.settings().images());
  }

  /** Something that must answer. */
  private record Part(String name, KubeApi api, String path) {
    boolean answers() {
      return api.get(path).ok();
    }
  }

  void await() {
    Settings settings = run.settings();
    var waiting = new ArrayList<Part>();
    String healthz = Data.text(settings.kubelet(), "healthzBindAddress");
    String port = Data.text(settings.kubelet(), "healthzPort");
    waiting.add(
        new Part(
            "kubelet",
            KubeApi.unverified("http://" + Settings.hostPort(healthz, Integer.parseInt(port)), ASK),
            "/healthz"));
    waiting.add(
        new Part(
            "kube-apiserver",
            KubeApi.unverified(settings.certificates().localServer(), ASK),
            "/livez"));
    waiting.add(new Part("kube-controller-manager", local(10257), "/healthz"));
    waiting.add(new Part("kube-scheduler", local(10259), "/livez"));
    long begun = System.nanoTime();
    Duration limit =
        settings
            .timeout("controlPlaneComponentHealthCheck")
            .plus(settings.timeout("kubeletHealthCheck"));
    Optional<Cause> last = Optional.empty();
    long since = begun;
    while (!waiting.isEmpty()) {
      var up = waiting.stream().filter(Part::answers).toList();
      for (Part part : up) {
        run.say("[wait-control-plane] " + part.name() + " is healthy after " + seconds(begun));
      }
      waiting.removeAll(up);
      if (!up.isEmpty()) {
        since = System.nanoTime();
        last = Optional.empty();
      }
      if (waiting.isEmpty()) {
        break;
      }
      Optional<Cause> found = diagnosis.cause();
      if (!found.map(Cause::kind).equals(last.map(Cause::kind))) {
        found.ifPresent(cause -> run.say("[wait-control-plane] " + cause.text()));
        last = found;
        since = System.nanoTime();
      }
      boolean lasts = found.isPresent() && System.nanoTime() - since > LASTS.toNanos();
      if (lasts || System.nanoTime() - begun > limit.toNanos()) {
        throw failure(waiting, found, begun);
      }
      Pause.of(STEP);
    }
  }

  private static BootstrapFailure failure(List<Part> waiting, Optional<Cause> found, long begun) {
    String names = String.join(", ", waiting.stream().map(Part::name).toList());
    return found
        .map(cause ->
            new BootstrapFailure(
                "the control plane does not come up: "
                    + names
                    + " not healthy after "
                    + seconds(begun)
                    + "\n  cause: "
                    + cause.problem(),
                cause.fix() + "; then run the same command again: it goes on from there"))
        .orElseGet(() ->
            new BootstrapFailure(
                "the control plane does not come up: "
                    + names
                    + " not healthy after "
                    + seconds(begun)
                    + ", and no cause was found in the logs",
                "read journalctl -u kubelet and /var/log/pods/kube-system_*"));
  }

  private static String seconds(long since) {
    return "%.1f s".formatted((System.nanoTime() - since) / 1e9);
  }

  private static KubeApi local(int port) {
    return KubeApi.unverified("https://127.0.0.1:" + port, ASK);
  }
}
