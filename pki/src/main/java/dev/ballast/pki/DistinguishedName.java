package dev.ballast.pki;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/** A subject, kept in its encoding so that nothing of it is lost when it is used again. */
public final class DistinguishedName {
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String ORGANIZATION = "2.5.4.10";

  private final X500Principal principal;

  private DistinguishedName(X500Principal principal) {
    this.principal = principal;
  }

  /** O before CN, several organizations in one set: the encoding that Go writes. */
  public static DistinguishedName of(String commonName, List<String> organizations) {
    var parts = new ArrayList<byte[]>();
    if (!organizations.isEmpty()) {
      parts.add(Der.set(organizations.stream().map(o -> attribute(ORGANIZATION, o)).toList()));
    }
    parts.add(Der.set(List.of(attribute(COMMON_NAME, commonName))));
    return new DistinguishedName(new X500Principal(Der.sequence(parts)));
  }

  private static byte[] attribute(String oid, String value) {
    return Der.sequence(Der.oid(oid), Der.directoryString(value));
  }

  public static DistinguishedName subjectOf(X509Certificate certificate) {
    return new DistinguishedName(certificate.getSubjectX500Principal());
  }

  byte[] der() {
    return principal.getEncoded();
  }

  /** The first CN. */
  public Optional<String> commonName() {
    return values(COMMON_NAME).stream().findFirst();
  }

  /** Every O, in the order of their encoding. */
  public List<String> organizations() {
    return values(ORGANIZATION);
  }

  private List<String> values(String oid) {
    byte[] wanted = Der.oid(oid);
    var found = new ArrayList<String>();
    DerReader name = new DerReader(der()).enter(Der.SEQUENCE);
    while (name.hasMore()) {
      DerReader set = name.enter(Der.SET);
      while (set.hasMore()) {
        DerReader attribute = set.enter(Der.SEQUENCE);
        boolean match = Arrays.equals(attribute.next(), wanted);
        int tag = attribute.peek();
        if (match) {
          found.add(DirectoryString.text(tag, attribute.contents(tag)));
        }
      }
    }
    return List.copyOf(found);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DistinguishedName that && principal.equals(that.principal);
  }

  @Override
  public int hashCode() {
    return principal.hashCode();
  }

  /** As RFC 2253 writes it: {@code CN=kubernetes-admin,O=kubeadm:cluster-admins}. */
  @Override
  public String toString() {
    return principal.getName();
  }
}
