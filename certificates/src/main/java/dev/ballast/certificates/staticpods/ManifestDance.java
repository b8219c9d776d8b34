package dev.ballast.certificates.staticpods;

import java.time.Duration;

/**
 * Moves the manifest out of the kubelet's sight until the pod has ended, and back. Needs nothing
 * but the kubelet; takes its {@code fileCheckFrequency} (20 s by default) and the pod's grace
 * period (30 s).
 */
public final class ManifestDance implements Restarter {
  /** When no process can be seen, the kubelet is given this long: its default and some more. */
  private static final Duration UNSEEN = Duration.ofSeconds(25);

  private final ManifestsAside aside;
  private final Patience patience;
  private final Duration limit;

  /**
   * @param limit how long the pod may take to end
   */
  public ManifestDance(ManifestsAside aside, Patience patience, Duration limit) {
    this.aside = aside;
    this.patience = patience;
    this.limit = limit;
  }

  @Override
  public void restart(StaticPod pod, Gone gone) {
    aside.take(pod.manifest());
    boolean ended;
    try {
      ended = gone.isKnown() ? patience.until(limit, gone::isSo) : patience.pass(UNSEEN);
    } finally {
      aside.putBack();
    }
    if (!ended) {
      throw new StaticPodFailure(
          pod.name()
              + " did not end within "
              + limit.toSeconds()
              + " s of moving its manifest away",
          "see whether the kubelet runs: systemctl status kubelet; the manifest is back in its place");
    }
  }

  @Override
  public String describe(StaticPod pod) {
    return "move " + pod.manifest() + " away until " + pod.name() + " has ended, and back";
  }
}
