package dev.ballast.pki;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ballast.testkit.Ran;
import dev.ballast.testkit.ReferenceProgram;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Chains get the verdict of Go's {@code crypto/x509}, by which the components of a cluster judge
 * each other: on NIST's PKITS, on BetterTLS, and on chains that differ from a good one in one
 * thing.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class ChainsAsGoJudgesIT {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** One question to both. */
  private record Case(
      String name, List<byte[]> chain, List<byte[]> roots, boolean server, Instant now) {}

  private static KeyPair rootKeys;
  private static KeyPair middleKeys;
  private static KeyPair leafKeys;

  @BeforeAll
  static void keys() throws Exception {
    rootKeys = ec("secp256r1");
    middleKeys = ec("secp256r1");
    leafKeys = ec("secp256r1");
  }

  private static KeyPair ec(String curve) throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new java.security.spec.ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static KeyPair rsa(int bits) throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  /** Returns the cases on which the verdicts differ, with both. */
  private static Map<String, String> differences(List<Case> cases) throws Exception {
    var program = ReferenceProgram.ofGoModule("verdict").toString();
    var questions = new StringBuilder();
    for (var each : cases) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("Leaf", each.chain().getFirst());
      fields.put("Intermediates", each.chain().subList(1, each.chain().size()));
      fields.put("Roots", each.roots());
      fields.put("Server", each.server());
      fields.put("Now", each.now().toString());
      questions.append(JSON.writeValueAsString(fields)).append('\n');
    }
    var ran =
        Ran.within(
            Duration.ofMinutes(2), Path.of("."), Map.of(), List.of(program), questions.toString());
    var answers = ran.output().lines().toList();
    assertThat(answers).hasSameSizeAs(cases);
    var differences = new TreeMap<String, String>();
    for (int i = 0; i < cases.size(); i++) {
      var ours = ours(cases.get(i));
      if (answers.get(i).startsWith("trusted") != ours.equals("trusted")) {
        differences.put(cases.get(i).name(), "Go: " + answers.get(i) + "; ours: " + ours);
      }
    }
    return differences;
  }

  private static String ours(Case asked) {
    X509Certificate leaf;
    try {
      leaf = Certificates.decode(asked.chain().getFirst());
    } catch (CertificateException e) {
      return "not readable: " + e.getMessage();
    }
    var verdict =
        ChainBuilder.verify(
            leaf,
            readable(asked.chain().subList(1, asked.chain().size())),
            readable(asked.roots()),
            List.of(asked.server() ? Purpose.SERVER_AUTH : Purpose.ANY),
            asked.now());
    return switch (verdict) {
      case ChainVerdict.Trusted _ -> "trusted";
      case ChainVerdict.Refused refused -> refused.refusal().toString();
    };
  }

  private static List<X509Certificate> readable(List<byte[]> ders) {
    var all = new ArrayList<X509Certificate>();
    for (var der : ders) {
      try {
        all.add(Certificates.decode(der));
      } catch (CertificateException unreadable) {
        assertThat(unreadable).hasMessageNotContaining("this should not happen");
      }
    }
    return all;
  }

  @Test
  void public_key_interoperability_suite() throws Exception {
    var root = Ran.of(ReferenceProgram.optional("go").toString(), "env", "GOROOT").output().strip();
    var suite = Path.of(root, "src/crypto/x509/testdata/nist-pkits");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isDirectory(suite), "Go's sources are not on this machine");
    var cases = new ArrayList<Case>();
    for (var vector : JSON.readTree(suite.resolve("vectors.json").toFile())) {
      var path = new ArrayList<byte[]>();
      for (var name : vector.get("CertPath")) {
        path.addFirst(Files.readAllBytes(suite.resolve("certs").resolve(name.asText())));
      }
      var anchor = path.removeLast();
      cases.add(
          new Case(
              vector.get("Name").asText(),
              List.copyOf(path),
              List.of(anchor),
              false,
              Instant.parse("2026-06-01T00:00:00Z")));
    }
    assertThat(cases).hasSizeGreaterThan(200);
    assertThat(differences(cases)).isEmpty();
  }

  @Test
  void better_tls(@TempDir Path directory) throws Exception {
    var file = directory.resolve("tests.json");
    var exported =
        Ran.of(
            ReferenceProgram.ofGoModule("bettertls").toString(),
            "export-tests",
            "--out",
            file.toString());
    assertThat(exported.exitCode()).as(exported.output()).isZero();
    var tests = JSON.readTree(file.toFile());
    var roots = List.of(Base64.getDecoder().decode(tests.get("trustRoot").asText()));
    var cases = new ArrayList<Case>();
    for (var suite : List.of("pathbuilding", "nameconstraints")) {
      int every = suite.equals("pathbuilding") ? 1 : 7;
      for (JsonNode test : tests.get("suites").get(suite).get("testCases")) {
        if (test.get("id").asInt() % every == 0) {
          var chain = new ArrayList<byte[]>();
          test.get("certificates")
              .forEach(der -> chain.add(Base64.getDecoder().decode(der.asText())));
          cases.add(
              new Case(suite + " " + test.get("id").asInt(), chain, roots, true, Instant.now()));
        }
      }
    }
    assertThat(cases).hasSizeGreaterThan(1000);
    assertThat(differences(cases)).isEmpty();
  }

  /** A certificate that is being made. */
  private static final class Draft {
    private String subject;
    private final KeyPair keys;
    private String issuer;
    private KeyPair issuerKeys;
    private Instant from = NOW.minus(Duration.ofDays(10));
    private Instant to = NOW.plus(Duration.ofDays(10));
    private BigInteger serial = BigInteger.valueOf(4711);
    private String algorithm = "SHA256withECDSA";
    private final Map<ASN1ObjectIdentifier, Map.Entry<Boolean, ASN1Encodable>> extensions =
        new LinkedHashMap<>();

    Draft(String subject, KeyPair keys, String issuer, KeyPair issuerKeys) {
      this.subject = subject;
      this.keys = keys;
      this.issuer = issuer;
      this.issuerKeys = issuerKeys;
    }

    Draft with(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
      extensions.put(oid, Map.entry(critical, value));
      return this;
    }

    Draft without(ASN1ObjectIdentifier oid) {
      extensions.remove(oid);
      return this;
    }

    byte[] der() throws Exception {
      var builder =
          new JcaX509v3CertificateBuilder(
              new X500Name(issuer),
              serial,
              Date.from(from),
              Date.from(to),
              new X500Name(subject),
              keys.getPublic());
      for (var extension : extensions.entrySet()) {
        builder.addExtension(
            extension.getKey(), extension.getValue().getKey(), extension.getValue().getValue());
      }
      var signer = new JcaContentSignerBuilder(algorithm).build(issuerKeys.getPrivate());
      return builder.build(signer).getEncoded();
    }
  }

  private static final ASN1ObjectIdentifier BASIC =
      org.bouncycastle.asn1.x509.Extension.basicConstraints;
  private static final ASN1ObjectIdentifier USAGE = org.bouncycastle.asn1.x509.Extension.keyUsage;
  private static final ASN1ObjectIdentifier EXTENDED =
      org.bouncycastle.asn1.x509.Extension.extendedKeyUsage;
  private static final ASN1ObjectIdentifier NAMES =
      org.bouncycastle.asn1.x509.Extension.subjectAlternativeName;
  private static final ASN1ObjectIdentifier CONSTRAINTS =
      org.bouncycastle.asn1.x509.Extension.nameConstraints;
  private static final ASN1ObjectIdentifier OWN_KEY =
      org.bouncycastle.asn1.x509.Extension.subjectKeyIdentifier;
  private static final ASN1ObjectIdentifier ISSUER_KEY =
      org.bouncycastle.asn1.x509.Extension.authorityKeyIdentifier;
  private static final ASN1ObjectIdentifier STRANGE = new ASN1ObjectIdentifier("1.2.3.4.5");

  private static Draft root() {
    return new Draft("CN=root", rootKeys, "CN=root", rootKeys)
        .with(BASIC, true, new BasicConstraints(true))
        .with(USAGE, true, new KeyUsage(KeyUsage.keyCertSign))
        .with(OWN_KEY, false, new SubjectKeyIdentifier(new byte[] {1}));
  }

  private static Draft middle() {
    return new Draft("CN=middle", middleKeys, "CN=root", rootKeys)
        .with(BASIC, true, new BasicConstraints(true))
        .with(USAGE, true, new KeyUsage(KeyUsage.keyCertSign))
        .with(OWN_KEY, false, new SubjectKeyIdentifier(new byte[] {2}))
        .with(ISSUER_KEY, false, new AuthorityKeyIdentifier(new byte[] {1}));
  }

  private static Draft leaf() {
    return new Draft("CN=leaf", leafKeys, "CN=middle", middleKeys)
        .with(EXTENDED, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
        .with(ISSUER_KEY, false, new AuthorityKeyIdentifier(new byte[] {2}))
        .with(NAMES, false, names(name(GeneralName.dNSName, "a.example.com")));
  }

  private static GeneralNames names(GeneralName... names) {
    return new GeneralNames(names);
  }

  private static GeneralName name(int kind, String text) {
    return new GeneralName(kind, text);
  }

  private static NameConstraints permitted(GeneralName... names) {
    return new NameConstraints(subtrees(names), null);
  }

  private static NameConstraints excluded(GeneralName... names) {
    return new NameConstraints(null, subtrees(names));
  }

  private static GeneralSubtree[] subtrees(GeneralName... names) {
    var all = new GeneralSubtree[names.length];
    for (int i = 0; i < names.length; i++) {
      all[i] = new GeneralSubtree(names[i]);
    }
    return all;
  }

  private static Case chain(
      String name,
      UnaryOperator<Draft> root,
      UnaryOperator<Draft> middle,
      UnaryOperator<Draft> leaf)
      throws Exception {
    return new Case(
        name,
        List.of(leaf.apply(leaf()).der(), middle.apply(middle()).der()),
        List.of(root.apply(root()).der()),
        true,
        NOW);
  }

  private static List<Case> single() throws Exception {
    UnaryOperator<Draft> same = draft -> draft;
    var variants = new LinkedHashMap<String, UnaryOperator<Draft>>();
    variants.put("as it is", same);
    variants.put("strange extension", d -> d.with(STRANGE, false, DERNull.INSTANCE));
    variants.put("strange critical extension", d -> d.with(STRANGE, true, DERNull.INSTANCE));
    variants.put("no basic constraints", d -> d.without(BASIC));
    variants.put("not an authority", d -> d.with(BASIC, true, new BasicConstraints(false)));
    variants.put("path length 0", d -> d.with(BASIC, true, new BasicConstraints(0)));
    variants.put("path length 1", d -> d.with(BASIC, true, new BasicConstraints(1)));
    variants.put("no key usage", d -> d.without(USAGE));
    variants.put(
        "key usage without signing",
        d -> d.with(USAGE, true, new KeyUsage(KeyUsage.digitalSignature)));
    variants.put(
        "client only",
        d -> d.with(EXTENDED, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)));
    variants.put(
        "any purpose",
        d -> d.with(EXTENDED, false, new ExtendedKeyUsage(KeyPurposeId.anyExtendedKeyUsage)));
    variants.put(
        "server purpose",
        d -> d.with(EXTENDED, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth)));
    variants.put("no purposes", d -> d.without(EXTENDED));
    variants.put(
        "own key identifier critical",
        d -> d.with(OWN_KEY, true, new SubjectKeyIdentifier(new byte[] {2})));
    variants.put(
        "issuer's key identifier critical",
        d -> d.with(ISSUER_KEY, true, new AuthorityKeyIdentifier(new byte[] {1})));
    variants.put(
        "another issuer's key identifier",
        d -> d.with(ISSUER_KEY, false, new AuthorityKeyIdentifier(new byte[] {9})));
    variants.put("no key identifiers", d -> d.without(OWN_KEY).without(ISSUER_KEY));
    variants.put("expired", d -> set(d, x -> x.to = NOW.minusSeconds(1)));
    variants.put("ends now", d -> set(d, x -> x.to = NOW));
    variants.put("begins now", d -> set(d, x -> x.from = NOW));
    variants.put("not yet valid", d -> set(d, x -> x.from = NOW.plusSeconds(1)));
    variants.put("ends before it begins", d -> set(d, x -> x.to = x.from.minusSeconds(1)));
    variants.put("negative serial", d -> set(d, x -> x.serial = BigInteger.valueOf(-5)));
    variants.put("serial zero", d -> set(d, x -> x.serial = BigInteger.ZERO));
    variants.put("long serial", d -> set(d, x -> x.serial = BigInteger.ONE.shiftLeft(170)));
    variants.put("another subject", d -> set(d, x -> x.subject = "CN=other"));
    variants.put("another issuer", d -> set(d, x -> x.issuer = "CN=other"));
    variants.put("another key's signature", d -> set(d, x -> x.issuerKeys = leafKeys));
    variants.put("SHA-1", d -> set(d, x -> x.algorithm = "SHA1withECDSA"));
    variants.put("SHA-512", d -> set(d, x -> x.algorithm = "SHA512withECDSA"));
    constraints()
        .forEach((name, value) -> {
          variants.put("critical " + name, d -> d.with(CONSTRAINTS, true, value));
          variants.put("not critical " + name, d -> d.with(CONSTRAINTS, false, value));
        });
    var cases = new ArrayList<Case>();
    for (var variant : variants.entrySet()) {
      cases.add(chain("root: " + variant.getKey(), variant.getValue(), same, same));
      cases.add(chain("middle: " + variant.getKey(), same, variant.getValue(), same));
      cases.add(chain("leaf: " + variant.getKey(), same, same, variant.getValue()));
    }
    return cases;
  }

  private static Draft set(Draft draft, java.util.function.Consumer<Draft> change) {
    change.accept(draft);
    return draft;
  }

  private static Map<String, NameConstraints> constraints() {
    var all = new HashMap<String, NameConstraints>();
    for (var domain :
        List.of(
            "example.com", ".example.com", "EXAMPLE.com", "a.example.com", "b.com", "", "com.")) {
      all.put("permitted DNS " + domain, permitted(name(GeneralName.dNSName, domain)));
      all.put("excluded DNS " + domain, excluded(name(GeneralName.dNSName, domain)));
    }
    all.put("permitted address", permitted(name(GeneralName.iPAddress, "10.0.0.0/8")));
    all.put("excluded address", excluded(name(GeneralName.iPAddress, "10.0.0.0/8")));
    all.put("permitted mail", permitted(name(GeneralName.rfc822Name, "example.com")));
    all.put("permitted URI", permitted(name(GeneralName.uniformResourceIdentifier, "example.com")));
    all.put(
        "URI at an address", permitted(name(GeneralName.uniformResourceIdentifier, "10.0.0.1")));
    all.put("directory name", permitted(new GeneralName(new X500Name("CN=leaf"))));
    return all;
  }

  private static List<Case> constrained() throws Exception {
    var leaves = new LinkedHashMap<String, GeneralNames>();
    for (var dns :
        List.of(
            "example.com",
            "a.example.com",
            "*.example.com",
            "A.EXAMPLE.COM",
            "xexample.com",
            "*.com",
            "b.com",
            "-a_.example.com",
            ".example.com",
            "example.com.")) {
      leaves.put("DNS " + dns, names(name(GeneralName.dNSName, dns)));
    }
    for (var ip : List.of("10.1.2.3", "11.1.2.3", "::ffff:a01:203", "fd00::1")) {
      leaves.put("IP " + ip, names(name(GeneralName.iPAddress, ip)));
    }
    for (var mail :
        List.of("me@example.com", "me@a.example.com", "example.com", "@x", "ME@EXAMPLE.COM")) {
      leaves.put("mail " + mail, names(name(GeneralName.rfc822Name, mail)));
    }
    for (var uri :
        List.of(
            "https://example.com/x",
            "https://a.example.com:8443",
            "spiffe://example.com/ns/a",
            "urn:a:b",
            "https://10.0.0.1/",
            "https://[::1]/")) {
      leaves.put("URI " + uri, names(name(GeneralName.uniformResourceIdentifier, uri)));
    }
    var cases = new ArrayList<Case>();
    for (var constraint : constraints().entrySet()) {
      for (var leaf : leaves.entrySet()) {
        cases.add(
            chain(
                constraint.getKey() + " against " + leaf.getKey(),
                draft -> draft,
                draft -> draft.with(CONSTRAINTS, true, constraint.getValue()),
                draft -> draft.with(NAMES, false, leaf.getValue())));
      }
    }
    return cases;
  }

  private static List<Case> keys(String label, KeyPair keys, String algorithm) throws Exception {
    var signing = middle();
    var middle = new Draft("CN=middle", keys, "CN=root", rootKeys);
    signing.extensions.forEach((oid, value) -> middle.with(oid, value.getKey(), value.getValue()));
    var leaf = leaf();
    leaf.issuerKeys = keys;
    leaf.algorithm = algorithm;
    return List.of(
        new Case(
            "middle with " + label + " signs with " + algorithm,
            List.of(leaf.der(), middle.der()),
            List.of(root().der()),
            true,
            NOW));
  }

  @Test
  void chains_that_differ_in_one_thing() throws Exception {
    var cases = new ArrayList<>(single());
    for (int bits : List.of(512, 1016, 1024, 2048)) {
      cases.addAll(keys("RSA " + bits, rsa(bits), "SHA256withRSA"));
    }
    cases.addAll(keys("RSA", rsa(2048), "SHA1withRSA"));
    cases.addAll(keys("RSA", rsa(2048), "MD5withRSA"));
    cases.addAll(keys("P-384", ec("secp384r1"), "SHA384withECDSA"));
    cases.addAll(keys("P-521", ec("secp521r1"), "SHA256withECDSA"));
    cases.addAll(
        keys("Ed25519", KeyPairGenerator.getInstance("Ed25519").generateKeyPair(), "Ed25519"));
    assertThat(differences(cases)).isEmpty();
  }

  @Test
  void name_constraints() throws Exception {
    assertThat(differences(constrained())).isEmpty();
  }
}
