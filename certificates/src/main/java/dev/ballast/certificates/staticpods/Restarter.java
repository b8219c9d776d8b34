package dev.ballast.certificates.staticpods;

/** A way to stop a static pod so that the kubelet starts it anew. */
public interface Restarter {
  /**
   * Stops the pod and makes sure that the kubelet will start it again.
   *
   * @param gone tells whether the old processes of the pod have ended
   * @throws StaticPodFailure when it did not stop; its manifest is then in its place
   */
  void restart(StaticPod pod, Gone gone);

  /** What this way does, for the plan that is shown. */
  String describe(StaticPod pod);

  /** Whether the old processes of a pod have ended. */
  interface Gone {
    /** Whether there is a process to look for at all. */
    boolean isKnown();

    boolean isSo();
  }
}
