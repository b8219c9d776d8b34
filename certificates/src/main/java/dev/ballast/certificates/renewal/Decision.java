package dev.ballast.certificates.renewal;

import dev.ballast.certificates.Renewable;
import dev.ballast.pki.CertificateTemplate;
import java.security.cert.X509Certificate;
import java.util.List;

/** What is to be done about one certificate, and why. */
public sealed interface Decision {
  Renewable renewable();

  /**
   * It gets a new key and a new certificate.
   *
   * @param predecessor what is there now
   * @param successor what the new one says
   * @param chain further certificates of the file, which stay after it
   * @param reasons what a person should know before: changes beside the time
   */
  record Renew(
      Renewable renewable,
      X509Certificate predecessor,
      CertificateTemplate successor,
      List<X509Certificate> chain,
      List<String> reasons)
      implements Decision {
    public Renew {
      chain = List.copyOf(chain);
      reasons = List.copyOf(reasons);
    }
  }

  /** It is not there; a renewal makes no new ones. */
  record Missing(Renewable renewable) implements Decision {}

  /** The key of its authority is elsewhere. */
  record External(Renewable renewable) implements Decision {}

  /** It cannot be renewed as things are. */
  record Refused(Renewable renewable, String problem, String remedy) implements Decision {}
}
