package dev.ballast.certificates.renewal;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Which authorities a kubeconfig trusts after its renewal. */
public final class Trust {
  private Trust() {}

  /**
   * All that the cluster's CA file has, and from before only authorities of another name: a proxy
   * with a CA of its own may stand before the API server. Former versions of the cluster's own CA
   * go.
   */
  public static List<X509Certificate> renewed(
      List<X509Certificate> before, List<X509Certificate> bundle) {
    var trusted = new ArrayList<>(bundle);
    for (X509Certificate old : before) {
      boolean ours =
          bundle.stream()
              .anyMatch(c -> c.getSubjectX500Principal().equals(old.getSubjectX500Principal()));
      if (!ours) {
        trusted.add(old);
      }
    }
    return List.copyOf(trusted);
  }
}
