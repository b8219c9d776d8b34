package dev.ballast.certificates.staticpods;

import java.time.Duration;

/**
 * Stops the sandbox of the pod through the container runtime; the kubelet, whose manifest still
 * asks for it, makes a new one within a second or two.
 */
public final class RuntimeCalls implements Restarter {
  private final Crictl crictl;
  private final Patience patience;
  private final Duration limit;

  public RuntimeCalls(Crictl crictl, Patience patience, Duration limit) {
    this.crictl = crictl;
    this.patience = patience;
    this.limit = limit;
  }

  @Override
  public void restart(StaticPod pod, Gone gone) {
    var sandboxes = crictl.sandboxes(pod);
    if (sandboxes.isEmpty()) {
      throw new StaticPodFailure(
          "the container runtime knows no sandbox of " + pod.name(),
          "see crictl pods, or restart with --restart manifests instead");
    }
    sandboxes.forEach(crictl::stop);
    if (gone.isKnown() && !patience.until(limit, gone::isSo)) {
      throw new StaticPodFailure(
          pod.name() + " still runs " + limit.toSeconds() + " s after its sandbox was stopped",
          "see crictl ps; its manifest was not touched");
    }
  }

  @Override
  public String describe(StaticPod pod) {
    return "stop the sandbox of " + pod.name() + " through crictl; the kubelet makes a new one";
  }
}
