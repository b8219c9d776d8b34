package dev.ballast.certificates.change;

/** Who may read a file. */
public enum Access {
  /** A private key or a kubeconfig: 0600 when new, and never readable for everybody. */
  SECRET(0600, 0770),
  /** A certificate: 0644 when new. */
  PUBLIC(0644, 0775);

  private final int fresh;
  private final int allowed;

  Access(int fresh, int allowed) {
    this.fresh = fresh;
    this.allowed = allowed;
  }

  /** The mode of a file that is not there yet. */
  int fresh() {
    return fresh;
  }

  /**
   * The mode that a replaced file gets: its own, without bits that are too wide. A group that was
   * let in on purpose (control planes that do not run as root) stays let in.
   */
  int repaired(int mode) {
    return (mode & allowed & ~0111 & ~0020) | 0400;
  }
}
