package dev.ballast.certificates;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;

/** What was found where a certificate belongs. */
public sealed interface Found {
  /** Where it was looked for. */
  Path file();

  /** It is there; {@code certificates} has at least one, the first being the one that counts. */
  record Present(Path file, List<X509Certificate> certificates) implements Found {
    public Present {
      certificates = List.copyOf(certificates);
      if (certificates.isEmpty()) {
        throw new IllegalArgumentException("no certificate in " + file);
      }
    }

    public X509Certificate first() {
      return certificates.getFirst();
    }
  }

  /** There is no such file. */
  record Absent(Path file) implements Found {}

  /** There is a file, and no certificate can be had from it. */
  record Unusable(Path file, String problem, String remedy) implements Found {}
}
