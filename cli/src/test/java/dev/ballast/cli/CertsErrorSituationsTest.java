package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.Release;
import dev.ballast.certificates.Renewable;
import dev.ballast.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The situations in which kubeadm stops, says nothing or goes on wrongly, each through the whole
 * command: what it prints, how it ends, and what it leaves alone.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsErrorSituationsTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final Duration CA_VALIDITY = Duration.ofDays(3650);
  private static final List<Renewable> ALL = Renewable.all(Release.LATEST, false);

  @TempDir private Path directory;

  private CertsNode node() {
    return CertsNode.create(directory, NOW);
  }

  private static String error(String problem, String remedy) {
    return "error: " + problem + "\n  try: " + remedy + "\n";
  }

  private static List<Renewable> signedBy(Authority authority) {
    return ALL.stream().filter(one -> one.authority() == authority).toList();
  }

  /** That {@code renew} refuses these with one problem and remedy, and writes nothing at all. */
  private static void assertRefused(
      CertsNode node, String name, List<Renewable> refused, String problem, String remedy)
      throws Exception {
    Map<String, String> before = node.tree();

    assertThat(node.certs("renew " + name)).isEqualTo(1);

    assertThat(node.out()).isEmpty();
    assertThat(node.err())
        .isEqualTo(
            refused.stream()
                    .map(one ->
                        error(
                            "failed to renew certificate " + one.label() + ": " + problem, remedy))
                    .collect(Collectors.joining())
                + "nothing was changed\n");
    assertThat(node.tree()).isEqualTo(before);
  }

  /** The lines of the table that begin with this name. */
  private static String row(CertsNode node, String name) {
    return node.out().lines().filter(line -> line.startsWith(name + " ")).findFirst().orElse("");
  }

  private static Set<String> changed(Map<String, String> before, Map<String, String> after) {
    return after.entrySet().stream()
        .filter(entry -> Files.isRegularFile(Path.of(entry.getKey())))
        .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
        .map(entry -> Path.of(entry.getKey()).getFileName().toString())
        .filter(name -> name.endsWith(".crt") || name.endsWith(".conf"))
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @EnumSource
  void an_authority_without_its_key_is_external_and_it_alone(Authority authority) throws Exception {
    var node = node();
    Files.delete(node.layout().key(authority));

    assertThat(node.certs("check-expiration")).isZero();
    for (Renewable one : ALL) {
      assertThat(row(node, one.label()))
          .endsWith(one.authority() == authority ? "yes     " : "no      ");
    }
    assertThat(row(node, authority.label())).endsWith("yes     ");
    assertThat(node.err()).isEmpty();

    Map<String, String> before = node.tree();
    assertThat(node.certs("renew all")).isZero();
    assertThat(node.out())
        .isEqualTo(
            ALL.stream()
                    .map(one ->
                        one.authority() == authority
                            ? "Detected external %s, %s can't be renewed\n"
                                .formatted(authority.baseName(), one.longName())
                            : one.longName() + " renewed\n")
                    .collect(Collectors.joining())
                + "\nDone renewing certificates. You must restart the kube-apiserver,"
                + " kube-controller-manager, kube-scheduler and etcd, so that they can use the new"
                + " certificates.\n");
    assertThat(changed(before, node.tree()))
        .containsExactlyInAnyOrderElementsOf(
            ALL.stream()
                .filter(one -> one.authority() != authority)
                .map(one -> node.layout().file(one).getFileName().toString())
                .toList());
  }

  @Test
  void a_leaf_that_nobody_here_can_sign_again_must_be_right() throws Exception {
    var node = node();
    var other = CertsNode.create(Files.createDirectory(directory.resolve("other")), NOW);
    Files.delete(node.layout().key(Authority.ETCD_CA));
    Files.delete(node.layout().certificate(Leaf.ETCD_HEALTHCHECK_CLIENT));
    Files.delete(node.layout().key(Leaf.ETCD_SERVER));
    copy(
        other.layout().key(Leaf.APISERVER_ETCD_CLIENT),
        node.layout().key(Leaf.APISERVER_ETCD_CLIENT));
    copy(other.layout().certificate(Leaf.ETCD_PEER), node.layout().certificate(Leaf.ETCD_PEER));
    copy(other.layout().key(Leaf.ETCD_PEER), node.layout().key(Leaf.ETCD_PEER));

    assertThat(node.certs("check-expiration")).isEqualTo(1);

    var remedy = "have it signed where the CA key is: ballast certs generate-csr";
    var keyRemedy =
        "bring it back from a backup, or have a new one signed where the CA key is: ballast certs"
            + " generate-csr";
    assertThat(node.err())
        .isEqualTo(
            error(
                    node.pki("apiserver-etcd-client.key")
                        + " is not the key of "
                        + node.pki("apiserver-etcd-client.crt"),
                    keyRemedy)
                + error(
                    node.pki("etcd/healthcheck-client.crt")
                        + " does not exist, and its CA key is not here to make it",
                    "have it signed where the key is: ballast certs generate-csr")
                + error(
                    node.pki("etcd/peer.crt") + " is not signed by " + node.pki("etcd/ca.crt"),
                    remedy)
                + error(node.pki("etcd/server.key") + ": no such file or directory", keyRemedy));
    assertThat(node.out()).contains("!MISSING! etcd-healthcheck-client");
    assertThat(row(node, "apiserver")).contains("364d");
  }

  @Test
  void a_missing_authority_is_named_and_hides_nothing() throws Exception {
    var node = node();
    Files.delete(node.layout().certificate(Authority.CA));

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err())
        .isEqualTo(
            error(
                "cannot judge what ca signs: couldn't load the CA certificate: no such file or"
                    + " directory: "
                    + node.pki("ca.crt"),
                "bring it back from a backup or from another control-plane node; its key is still"
                    + " here"));
    assertThat(node.out().lines().filter(line -> line.contains("364d"))).hasSize(ALL.size());
    assertThat(node.out()).contains("!MISSING! ca ");

    assertRefused(
        node,
        "all",
        signedBy(Authority.CA),
        "couldn't load the certificate file " + node.pki("ca.crt") + ": no such file or directory",
        "bring it back from a backup or from another control-plane node");
    assertThat(node.certs("renew etcd-server")).as(node.err()).isZero();
    assertThat(node.out()).isEqualTo("certificate for serving etcd renewed\n");
  }

  @Test
  void an_expired_authority_is_shown_and_signs_nothing() throws Exception {
    var node = CertsNode.create(directory, NOW.minus(CA_VALIDITY).minus(Duration.ofDays(1)));

    assertThat(node.certs("check-expiration")).isZero();
    assertThat(node.err()).isEmpty();
    assertThat(node.out().lines().filter(line -> line.contains("<invalid>")))
        .hasSize(ALL.size() + Authority.values().length);

    assertRefused(
        node,
        "apiserver",
        List.of(Leaf.APISERVER),
        node.pki("ca.crt")
            + " expired on "
            + NOW.minus(Duration.ofDays(1))
            + ": nothing that it signs now is accepted by anybody",
        "renew the authority first: ballast certs recover");
    Map<String, String> before = node.tree();
    assertThat(node.certs("renew all")).isEqualTo(1);
    assertThat(node.err().lines().filter(line -> line.startsWith("error: "))).hasSize(ALL.size());
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void nothing_outlives_its_authority_and_openssl_agrees() throws Exception {
    Instant caEnd = NOW.plus(Duration.ofDays(100));
    var node = CertsNode.create(directory, caEnd.minus(CA_VALIDITY));

    assertThat(node.certs("renew apiserver --dry-run")).isZero();
    assertThat(node.out())
        .contains("  note     it ends on " + caEnd + " with its authority, not on ");
    assertThat(node.certs("renew all")).as(node.err()).isZero();

    for (Leaf leaf : Leaf.values()) {
      var end = "x509 -noout -enddate -in ";
      assertThat(Openssl.ok(directory, end + node.layout().certificate(leaf)))
          .isEqualTo(Openssl.ok(directory, end + node.layout().certificate(leaf.authority())));
    }
  }

  @Test
  void an_authority_that_may_not_sign_is_named() throws Exception {
    var node = node();
    copy(node.pki("front-proxy-client.crt"), node.pki("front-proxy-ca.crt"));

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err())
        .isEqualTo(
            error(
                "cannot judge what front-proxy-ca signs: couldn't load the CA certificate: "
                    + node.pki("front-proxy-ca.crt")
                    + " is not a certificate authority",
                "put the CA certificate of the cluster there"));
    assertRefused(
        node,
        "all",
        List.of(Leaf.FRONT_PROXY_CLIENT),
        node.pki("front-proxy-ca.crt") + ": certificate CA is not a CA",
        "put the CA certificate of the cluster there");
  }

  @Test
  void the_key_of_another_authority_signs_nothing() throws Exception {
    var node = node();
    copy(node.pki("ca.key"), node.pki("etcd/ca.key"));

    assertThat(node.certs("check-expiration")).as("as kubeadm, which reads no key").isZero();
    assertRefused(
        node,
        "all",
        signedBy(Authority.ETCD_CA),
        node.pki("etcd/ca.crt") + ": the CA key is not the key of the CA certificate",
        "bring both files back from the same backup or node");
  }

  @Test
  void a_missing_leaf_is_said_and_not_made() throws Exception {
    var node = node();
    Files.delete(node.pki("apiserver.crt"));
    Map<String, String> before = node.tree();

    assertThat(node.certs("check-expiration")).isZero();
    assertThat(node.out()).contains("!MISSING! apiserver  ");
    assertThat(node.err()).isEmpty();
    assertThat(node.certs("renew apiserver")).isZero();
    assertThat(node.out()).isEqualTo("MISSING! certificate for serving the Kubernetes API\n");
    assertThat(node.err()).isEmpty();
    assertThat(node.tree()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "of another", "broken"})
  void a_leaf_without_its_key_gets_a_new_one(String kind) throws Exception {
    var node = node();
    switch (kind) {
      case "missing" -> Files.delete(node.pki("apiserver.key"));
      case "of another" -> copy(node.pki("ca.key"), node.pki("apiserver.key"));
      default -> Files.writeString(node.pki("apiserver.key"), kind);
    }

    assertThat(node.certs("check-expiration")).isZero();
    assertThat(node.err()).isEmpty();
    assertThat(node.certs("renew apiserver")).as(node.err()).isZero();

    assertThat(Openssl.ok(directory, "x509 -noout -pubkey -in pki/apiserver.crt"))
        .isEqualTo(Openssl.ok(directory, "pkey -pubout -in pki/apiserver.key"));
    Openssl.ok(directory, "verify -purpose sslserver -CAfile pki/ca.crt pki/apiserver.crt");
  }

  static Stream<Arguments> keys_of_other_kinds() {
    var format = "the private key file %s is neither in RSA nor ECDSA format";
    var replace = "replace it by an RSA or ECDSA key; Kubernetes components read no other";
    var decrypt = "decrypt it with openssl pkey, since the control plane cannot use it either";
    var encrypt = " -in pki/ca.key -out odd.key -passout pass:secret";
    return Stream.of(
        arguments("genpkey -algorithm ed25519 -out odd.key", format, replace),
        arguments("genpkey -algorithm x25519 -out odd.key", format, replace),
        arguments(
            "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out odd.pem\n"
                + "genpkey -paramfile odd.pem -out odd.key",
            format,
            replace),
        arguments(
            "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out odd.pem\n"
                + "gendsa -out odd.p8 odd.pem\n"
                + "pkey -traditional -in odd.p8 -out odd.key",
            format,
            replace),
        arguments("pkcs8 -topk8" + encrypt, "%s: the private key is encrypted", decrypt),
        arguments(
            "ec -aes128" + encrypt, "%s: the EC PRIVATE KEY at line 1 is encrypted", decrypt));
  }

  @ParameterizedTest
  @MethodSource
  void keys_of_other_kinds(String openssl, String problem, String remedy) throws Exception {
    var node = node();
    for (var line : openssl.split("\n", -1)) {
      Openssl.ok(directory, line);
    }
    Files.move(
        directory.resolve("odd.key"), node.pki("ca.key"), StandardCopyOption.REPLACE_EXISTING);

    assertThat(node.certs("check-expiration")).isZero();
    assertRefused(
        node, "all", signedBy(Authority.CA), problem.formatted(node.pki("ca.key")), remedy);
  }

  static Stream<Arguments> kubeconfigs() {
    var backup = "bring the file back from a backup";
    return Stream.of(
        arguments(
            "(?s).*",
            "just: [broken",
            "failed to load kubeConfig file FILE: line 1",
            "correct the line, or bring the file back from a backup"),
        arguments("(?s).*", "", "failed to load kubeConfig file FILE: ", backup),
        arguments(
            "current-context: .*",
            "current-context: nobody",
            "invalid kubeConfig file FILE: missing context nobody",
            backup),
        arguments(
            "current-context: .*\n",
            "",
            "invalid kubeConfig file FILE: it has no current-context",
            "set one in the file"),
        arguments(
            "    cluster: .*",
            "    cluster: none",
            "invalid kubeConfig file FILE: missing cluster none",
            backup),
        arguments(
            "    user: .*",
            "    user: none",
            "invalid kubeConfig file FILE: missing authInfo none",
            backup),
        arguments(
            "    client-certificate-data: .*\n",
            "",
            "kubeConfig file FILE does not have an embedded client certificate",
            "write it anew with ballast kubeconfig user"),
        arguments(
            "client-certificate-data: .*",
            "client-certificate-data: bm9uZQ==",
            "kubeConfig file FILE does not contain a valid client certificate: ",
            "bring the file back from a backup or from another node"),
        arguments(
            "client-certificate-data: .*",
            "client-certificate-data: '*'",
            "kubeConfig file FILE does not contain a valid client certificate: failed to load"
                + " kubeConfig file FILE: line 17: client-certificate-data is not base64",
            backup));
  }

  @ParameterizedTest
  @MethodSource
  void kubeconfigs(String what, String by, String problem, String remedy) throws Exception {
    var node = node();
    var file = node.conf("admin.conf");
    var text = Files.readString(file);
    Files.writeString(file, text.replaceFirst(what, by));
    assertThat(Files.readString(file)).isNotEqualTo(text);
    Map<String, String> before = node.tree();
    var said = problem.replace("FILE", file.toString());

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err()).startsWith("error: " + said).endsWith("\n  try: " + remedy + "\n");
    assertThat(node.out()).contains("!BROKEN! admin.conf");
    assertThat(node.out().lines().filter(line -> line.contains("364d"))).hasSize(ALL.size() - 1);

    assertThat(node.certs("renew all")).isEqualTo(1);
    assertThat(node.err())
        .startsWith("error: failed to renew certificate admin.conf: " + said)
        .endsWith("\n  try: " + remedy + "\nnothing was changed\n");
    assertThat(node.out()).isEmpty();
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void a_kubeconfig_without_an_authority_is_renewed_and_check_warns() throws Exception {
    var node = node();
    var file = node.conf("scheduler.conf");
    Files.writeString(
        file, Files.readString(file).replaceFirst(" *certificate-authority-data: .*\n", ""));

    assertThat(node.certs("renew scheduler.conf")).as(node.err()).isZero();
    assertThat(Files.readString(file)).doesNotContain("certificate-authority-data");
    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(3);
    assertThat(node.out())
        .contains("warning: scheduler.conf: it names no CA")
        .contains("\n0 broken, 1 to look after\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin.conf", "pki/etcd/peer.crt", "pki/etcd/ca.key", "super-admin.conf"})
  void one_that_cannot_be_renewed_leaves_all_as_they_were(String broken) throws Exception {
    var node = node();
    Files.writeString(node.conf(broken), "broken");
    Map<String, String> before = node.tree();

    assertThat(node.certs("renew all")).isEqualTo(1);

    assertThat(node.out()).isEmpty();
    assertThat(node.err())
        .contains(node.conf(broken).toString())
        .endsWith("\nnothing was changed\n");
    assertThat(node.tree()).isEqualTo(before);
  }

  private static void copy(Path from, Path to) throws Exception {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
