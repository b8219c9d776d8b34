package dev.ballast.pki;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads X.509 certificates through the JDK, which starts faster than anything else. */
public final class Certificates {
  /** What a renewal makes anew; every other extension is kept. */
  private static final Set<String> MADE_ANEW =
      Set.of(
          Extension.SUBJECT_KEY_IDENTIFIER,
          Extension.KEY_USAGE,
          Extension.SUBJECT_ALTERNATIVE_NAME,
          Extension.BASIC_CONSTRAINTS,
          Extension.AUTHORITY_KEY_IDENTIFIER,
          Extension.EXTENDED_KEY_USAGE,
          // Netscape types and transparency receipts speak about one certificate only.
          "2.16.840.1.113730.1.1",
          "1.3.6.1.4.1.11129.2.4.2");

  private Certificates() {}

  /**
   * Every certificate of a file, in order; at least one.
   *
   * @throws PkiFailure when the file cannot be read, or holds none, or one that is not readable
   */
  public static List<X509Certificate> read(Path file) {
    return parse(PkiFiles.read(file), file.toString());
  }

  /**
   * Every certificate of a text, in order; at least one. Blocks of other kinds are skipped.
   *
   * @param source what the text is, for messages
   */
  public static List<X509Certificate> parse(byte[] text, String source) {
    var found = new ArrayList<X509Certificate>();
    for (Pem.Block block : Pem.parse(text, source)) {
      if (block.label().equals(Pem.CERTIFICATE)) {
        found.add(decode(block, source));
      }
    }
    if (found.isEmpty()) {
      throw new PkiFailure(
          source + (text.length == 0 ? " is empty" : " holds no certificate in PEM"),
          "bring the file back from a backup or from another node");
    }
    return List.copyOf(found);
  }

  private static X509Certificate decode(Pem.Block block, String source) {
    try {
      X509Certificate certificate = decode(block.der());
      // The JDK decodes some fields only when they are asked for.
      template(certificate);
      DistinguishedName.subjectOf(certificate).commonName();
      return certificate;
    } catch (CertificateException | IllegalArgumentException e) {
      throw new PkiFailure(
          "%s: the certificate at line %d is not readable: %s"
              .formatted(source, block.line(), e.getMessage()),
          "bring the file back from a backup or from another node",
          e);
    }
  }

  /** One certificate from its DER. */
  public static X509Certificate decode(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }

  public static String pem(X509Certificate certificate) {
    return Pem.encode(Pem.CERTIFICATE, encoded(certificate));
  }

  /** Several certificates as one text. */
  public static String pem(Collection<X509Certificate> certificates) {
    var text = new StringBuilder();
    certificates.forEach(certificate -> text.append(pem(certificate)));
    return text.toString();
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  /** Whether it says that it may sign others. */
  public static boolean isAuthority(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0;
  }

  /** Its alternative names, in order, each as it is encoded. */
  public static List<AlternativeName> names(X509Certificate certificate) {
    return extension(certificate, Extension.SUBJECT_ALTERNATIVE_NAME)
        .map(value -> {
          var names = new ArrayList<AlternativeName>();
          DerReader all = new DerReader(value).enter(Der.SEQUENCE);
          while (all.hasMore()) {
            names.add(AlternativeName.decode(all.next()));
          }
          return List.copyOf(names);
        })
        .orElse(List.of());
  }

  /** The OIDs of its extended key usages; none means that it is not limited. */
  public static List<String> purposes(X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes == null ? List.of() : List.copyOf(purposes);
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  /** Its subject key identifier, which the certificates it signs point at. */
  static Optional<byte[]> subjectKeyIdentifier(X509Certificate certificate) {
    return extension(certificate, Extension.SUBJECT_KEY_IDENTIFIER)
        .map(value -> new DerReader(value).contents(Der.OCTET_STRING));
  }

  private static Optional<byte[]> extension(X509Certificate certificate, String oid) {
    byte[] wrapped = certificate.getExtensionValue(oid);
    return wrapped == null
        ? Optional.empty()
        : Optional.of(new DerReader(wrapped).contents(Der.OCTET_STRING));
  }

  /**
   * What a successor of this certificate shall say: the same subject, names, purposes and further
   * extensions. DNS names are sorted, as kubeadm does; the other names keep their order.
   */
  public static CertificateTemplate template(X509Certificate certificate) {
    return new CertificateTemplate(
        DistinguishedName.subjectOf(certificate),
        sorted(names(certificate)),
        purposes(certificate),
        isAuthority(certificate),
        certificate.getNotBefore().toInstant(),
        end(certificate),
        others(certificate));
  }

  /** A time of two digits that wrapped lies before the start; the successor gets its own. */
  private static Instant end(X509Certificate certificate) {
    var start = certificate.getNotBefore().toInstant();
    var end = certificate.getNotAfter().toInstant();
    return start.isBefore(end) ? end : start.plusSeconds(1);
  }

  /** DNS names first and sorted, then the rest in their order; no name twice. */
  public static List<AlternativeName> sorted(Collection<AlternativeName> names) {
    var dns = new TreeSet<String>();
    names.stream()
        .filter(name -> name.kind() == AlternativeName.Kind.DNS)
        .forEach(name -> dns.add(name.text()));
    var all = new ArrayList<AlternativeName>();
    dns.forEach(name -> all.add(AlternativeName.dns(name)));
    var seen = new HashSet<AlternativeName>();
    names.stream()
        .filter(name -> name.kind() != AlternativeName.Kind.DNS && seen.add(name))
        .forEach(all::add);
    return List.copyOf(all);
  }

  private static List<Extension> others(X509Certificate certificate) {
    Set<String> critical = nullable(certificate.getCriticalExtensionOIDs());
    var oids = new TreeSet<String>(nullable(certificate.getNonCriticalExtensionOIDs()));
    oids.addAll(critical);
    oids.removeAll(MADE_ANEW);
    return oids.stream()
        .map(oid ->
            new Extension(oid, critical.contains(oid), extension(certificate, oid).orElseThrow()))
        .toList();
  }

  private static Set<String> nullable(@Nullable Set<String> oids) {
    return oids == null ? Set.of() : oids;
  }

  /** Whether two certificates hold the same key. */
  public static boolean sameKey(X509Certificate one, X509Certificate other) {
    return Arrays.equals(one.getPublicKey().getEncoded(), other.getPublicKey().getEncoded());
  }
}
