package dev.ballast.pki;

import dev.ballast.pki.CertificateFields.PolicyFields;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads what chains are built from (RFC 5280 section 4), as strictly as Go's {@code crypto/x509}
 * does, since that is what the control plane will say.
 */
final class CertificateFieldsReader {
  private static final int BOOLEAN = 0x01;
  private static final int EXPLICIT_0 = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int KEY_USAGE_BITS = 9;
  private static final String AUTHORITY_INFORMATION = "1.3.6.1.5.5.7.1.1";

  private record Value(boolean critical, byte[] der) {}

  private final X509Certificate certificate;
  private final Map<String, Value> extensions = new HashMap<>();
  private final List<String> unknownCritical = new ArrayList<>();

  private CertificateFieldsReader(X509Certificate certificate) {
    this.certificate = certificate;
  }

  /**
   * @throws IllegalArgumentException when a field is not what RFC 5280 says; the text says which
   */
  static CertificateFields read(X509Certificate certificate) {
    return new CertificateFieldsReader(certificate).read();
  }

  private CertificateFields read() {
    var outer = new DerReader(Certificates.encoded(certificate)).enter(Der.SEQUENCE);
    var inner = outer.enter(Der.SEQUENCE);
    var signatureAlgorithm = outer.contents(Der.SEQUENCE);
    int version =
        inner.peek() == EXPLICIT_0 ? inner.enter(EXPLICIT_0).integer().intValueExact() + 1 : 1;
    if (version < 1 || version > 3) {
      throw DerReader.malformed("version " + version);
    }
    if (inner.integer().signum() < 0) {
      throw DerReader.malformed("a negative serial number");
    }
    if (!Arrays.equals(inner.contents(Der.SEQUENCE), signatureAlgorithm)) {
      throw DerReader.malformed("two different signature algorithms");
    }
    var issuer = inner.next();
    inner.next();
    var subject = inner.next();
    var publicKeyInfo = inner.next();
    while (version > 1 && inner.hasMore() && inner.peek() != EXTENSIONS) {
      inner.next();
    }
    if (version == 3 && inner.hasMore()) {
      readExtensions(inner.enter(EXTENSIONS).enter(Der.SEQUENCE));
    }
    return fields(version, issuer, subject, publicKeyInfo);
  }

  private void readExtensions(DerReader all) {
    while (all.hasMore()) {
      var extension = all.enter(Der.SEQUENCE);
      var oid = oid(extension);
      boolean critical = extension.peek() == BOOLEAN && extension.contents(BOOLEAN)[0] != 0;
      var value = new Value(critical, extension.contents(Der.OCTET_STRING));
      if (extensions.put(oid, value) != null) {
        throw DerReader.malformed("extension " + oid + " twice");
      }
      if (critical && !CertificateFields.READ.contains(oid)) {
        unknownCritical.add(oid);
      }
    }
  }

  private CertificateFields fields(
      int version, byte[] issuer, byte[] subject, byte[] publicKeyInfo) {
    value("2.5.29.31").ifPresent(CertificateFieldsReader::distributionPoints);
    notCritical(AUTHORITY_INFORMATION, "authority information access");
    notCritical(Extension.AUTHORITY_KEY_IDENTIFIER, "the authority key identifier");
    notCritical(Extension.SUBJECT_KEY_IDENTIFIER, "the subject key identifier");
    var basic =
        value(Extension.BASIC_CONSTRAINTS).map(der -> new DerReader(der).enter(Der.SEQUENCE));
    boolean authority =
        basic.isPresent()
            && basic.get().hasMore()
            && basic.get().peek() == BOOLEAN
            && basic.get().contents(BOOLEAN)[0] != 0;
    var pathLength =
        basic.isPresent() && basic.get().hasMore() && basic.get().peek() == Der.INTEGER
            ? OptionalInt.of(notNegative(basic.get().integer()))
            : OptionalInt.empty();
    var names = names();
    var constraints = value("2.5.29.30").map(NameConstraints::decode);
    if (constraints.isPresent() && constraints.get().unknownKinds() && isCritical("2.5.29.30")) {
      unknownCritical.add("2.5.29.30");
    }
    return new CertificateFields(
        certificate,
        version,
        issuer,
        subject,
        publicKeyInfo,
        keyUsage(),
        basic.isPresent(),
        authority,
        pathLength,
        value(Extension.SUBJECT_ALTERNATIVE_NAME),
        names,
        constraints,
        value(Extension.EXTENDED_KEY_USAGE).map(CertificateFieldsReader::oids).orElse(List.of()),
        value(Extension.SUBJECT_KEY_IDENTIFIER)
            .map(der -> new DerReader(der).contents(Der.OCTET_STRING))
            .orElse(new byte[0]),
        authorityKeyIdentifier(),
        policies(),
        List.copyOf(unknownCritical));
  }

  private void notCritical(String oid, String what) {
    if (isCritical(oid)) {
      throw DerReader.malformed(what + " is marked critical");
    }
  }

  private boolean isCritical(String oid) {
    var value = extensions.get(oid);
    return value != null && value.critical();
  }

  private Optional<byte[]> value(String oid) {
    return Optional.ofNullable(extensions.get(oid)).map(Value::der);
  }

  private OptionalInt keyUsage() {
    var value = value(Extension.KEY_USAGE);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    var bits = new DerReader(value.get()).contents(Der.BIT_STRING);
    int usage = 0;
    for (int i = 0; i < KEY_USAGE_BITS && i / 8 + 1 < bits.length; i++) {
      if ((bits[i / 8 + 1] & (0x80 >> (i % 8))) != 0) {
        usage |= 1 << i;
      }
    }
    return OptionalInt.of(usage);
  }

  private List<AlternativeName> names() {
    var value = value(Extension.SUBJECT_ALTERNATIVE_NAME);
    if (value.isEmpty()) {
      return List.of();
    }
    var names = new ArrayList<AlternativeName>();
    var all = new DerReader(value.get()).enter(Der.SEQUENCE);
    while (all.hasMore()) {
      var der = all.next();
      var name = AlternativeName.decode(der);
      if ((der[0] & 0xff) == 0x87 && name.kind() != AlternativeName.Kind.IP) {
        throw DerReader.malformed("an IP address of " + (der.length - 2) + " bytes");
      }
      switch (name.kind()) {
        case DNS, EMAIL -> ascii(name.text());
        case URI -> uri(name.text());
        case IP, OTHER -> {}
      }
      names.add(name);
    }
    boolean none = names.stream().allMatch(name -> name.kind() == AlternativeName.Kind.OTHER);
    if (none && isCritical(Extension.SUBJECT_ALTERNATIVE_NAME)) {
      unknownCritical.add(Extension.SUBJECT_ALTERNATIVE_NAME);
    }
    return List.copyOf(names);
  }

  private static void ascii(String text) {
    if (text.chars().anyMatch(c -> c > 0x7f)) {
      throw DerReader.malformed("a name that is not ASCII");
    }
  }

  private static void uri(String text) {
    ascii(text);
    try {
      var host = new URI(text).getHost();
      if (host != null && !host.startsWith("[") && !NameConstraints.isDomain(host, false)) {
        throw DerReader.malformed("a URI with the host " + host);
      }
    } catch (URISyntaxException e) {
      throw (IllegalArgumentException) DerReader.malformed("a URI that is none").initCause(e);
    }
  }

  private byte[] authorityKeyIdentifier() {
    return value(Extension.AUTHORITY_KEY_IDENTIFIER)
        .map(der -> new DerReader(der).enter(Der.SEQUENCE))
        .filter(fields -> fields.hasMore() && fields.peek() == 0x80)
        .map(fields -> fields.contents(0x80))
        .orElse(new byte[0]);
  }

  private PolicyFields policies() {
    var policies = new ArrayList<String>();
    value("2.5.29.32")
        .map(der -> new DerReader(der).enter(Der.SEQUENCE))
        .ifPresent(all -> {
          while (all.hasMore()) {
            var oid = oid(all.enter(Der.SEQUENCE));
            if (policies.contains(oid)) {
              throw DerReader.malformed("policy " + oid + " twice");
            }
            policies.add(oid);
          }
        });
    var mappings = new ArrayList<PolicyFields.Mapping>();
    value("2.5.29.33")
        .map(der -> new DerReader(der).enter(Der.SEQUENCE))
        .ifPresent(all -> {
          while (all.hasMore()) {
            var pair = all.enter(Der.SEQUENCE);
            mappings.add(new PolicyFields.Mapping(oid(pair), oid(pair)));
          }
        });
    var limits = value("2.5.29.36").map(der -> new DerReader(der).enter(Der.SEQUENCE));
    var requireExplicit = limits.map(l -> optional(l, 0x80)).orElse(OptionalInt.empty());
    var inhibitMapping = limits.map(l -> optional(l, 0x81)).orElse(OptionalInt.empty());
    var inhibitAny =
        value("2.5.29.54")
            .map(der -> OptionalInt.of(notNegative(new DerReader(der).integer())))
            .orElse(OptionalInt.empty());
    return new PolicyFields(
        List.copyOf(policies), List.copyOf(mappings), requireExplicit, inhibitMapping, inhibitAny);
  }

  /** Names relative to the issuer are valid by RFC 5280, and refused by Go. */
  private static void distributionPoints(byte[] der) {
    var all = new DerReader(der).enter(Der.SEQUENCE);
    while (all.hasMore()) {
      var point = all.enter(Der.SEQUENCE);
      if (point.hasMore() && point.peek() == EXPLICIT_0) {
        point.enter(EXPLICIT_0).enter(EXPLICIT_0);
      }
    }
  }

  private static OptionalInt optional(DerReader fields, int tag) {
    return fields.hasMore() && fields.peek() == tag
        ? OptionalInt.of(notNegative(new BigInteger(fields.contents(tag))))
        : OptionalInt.empty();
  }

  private static int notNegative(BigInteger number) {
    if (number.signum() < 0) {
      throw DerReader.malformed("a negative number");
    }
    return number.bitLength() > 31 ? Integer.MAX_VALUE : number.intValueExact();
  }

  private static List<String> oids(byte[] der) {
    var all = new DerReader(der).enter(Der.SEQUENCE);
    var oids = new ArrayList<String>();
    while (all.hasMore()) {
      oids.add(oid(all));
    }
    return List.copyOf(oids);
  }

  private static String oid(DerReader reader) {
    var contents = reader.contents(Der.OID);
    var text = new StringBuilder();
    var number = BigInteger.ZERO;
    boolean ended = false;
    for (byte octet : contents) {
      number = number.shiftLeft(7).or(BigInteger.valueOf(octet & 0x7f));
      ended = (octet & 0x80) == 0;
      if (ended) {
        append(text, number);
        number = BigInteger.ZERO;
      }
    }
    if (!ended) {
      throw DerReader.malformed("an object identifier ends early");
    }
    return text.toString();
  }

  private static void append(StringBuilder text, BigInteger number) {
    if (!text.isEmpty()) {
      text.append('.').append(number);
      return;
    }
    int first = number.compareTo(BigInteger.valueOf(80)) < 0 ? number.intValue() / 40 : 2;
    text.append(first).append('.').append(number.subtract(BigInteger.valueOf(40L * first)));
  }
}
