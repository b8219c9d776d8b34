package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ballast.certificates.Leaf;
import dev.ballast.pki.Certificates;
import dev.ballast.testkit.Openssl;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that are not what they should be: always a way out in the message, never a part written.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsBadInputTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final String BACK = "bring the file back from a backup or from another node";

  @TempDir private Path directory;

  private CertsNode node() {
    return CertsNode.create(directory, NOW);
  }

  /** That a renewal of this name ends with these words and a remedy, and writes nothing. */
  private static void assertRefused(CertsNode node, String name, String problem, String remedy)
      throws Exception {
    Map<String, String> before = node.tree();

    assertThat(node.certs("renew " + name)).isEqualTo(1);

    assertThat(node.out()).isEmpty();
    assertThat(node.err())
        .contains(problem + "\n  try: " + remedy + "\n")
        .endsWith("\nnothing was changed\n");
    assertThat(node.tree()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "etcd/server.crt, CERTIFICATE, etcd-server",
    "etcd/ca.crt, CERTIFICATE, etcd-ca",
    "etcd/ca.key, EC PRIVATE KEY, etcd-ca",
    "etcd/server.key, EC PRIVATE KEY, etcd-server"
  })
  void a_file_that_is_cut_off(String file, String label, String entry) throws Exception {
    var node = node();
    var text = Files.readString(node.pki(file));
    Files.writeString(node.pki(file), text.substring(0, text.length() / 2));
    var cut =
        "%s: the %s at line 1 is cut off, its END line is missing".formatted(node.pki(file), label);

    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out()).contains("broken: " + entry + ": " + cut + "\n  try: " + BACK + "\n");
    if (file.equals("etcd/server.key")) {
      assertThat(node.certs("renew etcd-server")).as("it gets a new one").isZero();
    } else {
      assertRefused(node, "all", cut, BACK);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', ' is empty'",
    "'text only', ' holds no certificate in PEM'",
    "'-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', ': the certificate at line 1 is not readable: '",
    "'-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n', ': the CERTIFICATE at line 1 is not base64'"
  })
  void a_file_that_holds_no_certificate(String text, String problem) throws Exception {
    var node = node();
    Files.writeString(node.pki("apiserver.crt"), text);
    Map<String, String> before = node.tree();

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err())
        .startsWith("error: " + node.pki("apiserver.crt") + problem)
        .endsWith("\n  try: " + BACK + "\n");
    assertThat(node.certs("renew all")).isEqualTo(1);
    assertThat(node.err()).contains(problem).endsWith("\nnothing was changed\n");
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void a_file_far_too_large_is_not_read_to_its_end() throws Exception {
    var node = node();
    try (var file = Files.newByteChannel(node.pki("apiserver.crt"), StandardOpenOption.WRITE)) {
      file.position(1L << 40);
      file.write(ByteBuffer.wrap(new byte[1]));
    }

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err())
        .isEqualTo(
            "error: "
                + node.pki("apiserver.crt")
                + " is larger than 4 MiB\n  try: put the right file there; it holds no key"
                + " material\n");
  }

  /** Opening a pipe waits for somebody who writes to it. */
  @Test
  @Timeout(60)
  void a_pipe_where_a_file_belongs_is_not_waited_for() throws Exception {
    var node = node();
    for (var name : List.of("apiserver.crt", "etcd/peer.key")) {
      Files.delete(node.pki(name));
      assertThat(new ProcessBuilder("mkfifo", node.pki(name).toString()).start().waitFor())
          .isZero();
    }
    var problem = node.pki("apiserver.crt") + " is a pipe, a socket or a device";

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err()).contains("error: " + problem + "\n  try: move it away");
    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out())
        .contains("broken: apiserver: " + problem)
        .contains("broken: etcd-peer: " + node.pki("etcd/peer.key") + " is a pipe");
    assertRefused(node, "apiserver", problem, "move it away; a file belongs there");
  }

  @Test
  void of_several_authorities_in_a_file_the_one_of_the_key_signs_and_all_stay() throws Exception {
    var node = node();
    var other = CertsNode.create(Files.createDirectory(directory.resolve("other")), NOW);
    var bundle = Files.readString(other.pki("ca.crt")) + Files.readString(node.pki("ca.crt"));
    Files.writeString(node.pki("ca.crt"), bundle);

    assertThat(node.certs("renew apiserver")).as(node.err()).isZero();
    assertThat(node.certs("renew admin.conf")).as(node.err()).isZero();

    assertThat(node.pki("ca.crt")).hasContent(bundle);
    Openssl.ok(directory, "verify -purpose sslserver -CAfile pki/ca.crt pki/apiserver.crt");
    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out())
        .contains(
            "broken: ca: "
                + node.pki("ca.key")
                + " is not the key of the first certificate\n  try: put the certificate whose key"
                + " it is first in the file, or bring both files back from the same node or"
                + " backup\n")
        .endsWith("\n1 broken, 0 to look after\n");
    Files.writeString(
        node.pki("ca.crt"), Certificates.pem(Certificates.read(node.pki("ca.crt")).reversed()));
    assertThat(node.certs("check --no-probe --exit-code")).as(node.out()).isZero();
  }

  @Test
  void a_leaf_and_its_key_in_one_file_are_two_blocks() throws Exception {
    var node = node();
    var crt = node.pki("apiserver.crt");
    Files.writeString(
        crt, Files.readString(node.pki("apiserver.key")) + "note\n" + Files.readString(crt));

    assertThat(node.certs("check --no-probe --exit-code")).as(node.out()).isZero();
    assertThat(node.certs("renew apiserver")).as(node.err()).isZero();
    assertThat(Files.readString(crt)).startsWith("-----BEGIN CERTIFICATE-----");
  }

  static Stream<Arguments> keys_of_other_kinds() {
    var neither = " is neither in RSA nor ECDSA format";
    var other = "replace it by an RSA or ECDSA key; Kubernetes components read no other";
    var decrypt = "decrypt it with openssl pkey, since the control plane cannot use it either";
    return Stream.of(
        arguments("genpkey -algorithm ed25519 -out odd.key", neither, other),
        arguments("genpkey -algorithm ed448 -out odd.key", neither, other),
        arguments(
            "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out odd.pem\n"
                + "genpkey -paramfile odd.pem -out odd.key",
            neither,
            other),
        arguments(
            "pkcs8 -topk8 -in pki/sa.key -out odd.key -passout pass:secret",
            ": the private key is encrypted",
            decrypt));
  }

  @ParameterizedTest
  @MethodSource
  void keys_of_other_kinds(String openssl, String problem, String remedy) throws Exception {
    var node = node();
    for (var line : openssl.split("\n", -1)) {
      Openssl.ok(directory, line);
    }
    Files.copy(
        directory.resolve("odd.key"), node.pki("sa.key"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        directory.resolve("odd.key"),
        node.pki("front-proxy-client.key"),
        StandardCopyOption.REPLACE_EXISTING);

    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out())
        .contains(node.pki("sa.key") + problem + "\n  try: " + remedy + "\n")
        .contains(node.pki("front-proxy-client.key") + problem + "\n  try: " + remedy + "\n")
        .containsPattern("\nfront-proxy-client +\\S.* key-unreadable\n")
        .endsWith("\n2 broken, 0 to look after\n");
    assertThat(node.certs("renew front-proxy-client")).as("it gets a new one").isZero();
  }

  @ParameterizedTest
  @CsvSource({"ed25519", "rsa-pss", "DSA"})
  void a_leaf_with_a_key_of_another_kind_gets_one_that_components_read(String algorithm)
      throws Exception {
    var node = node();
    if (algorithm.equals("DSA")) {
      Openssl.ok(
          directory,
          "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out odd.pem");
      Openssl.ok(directory, "genpkey -paramfile odd.pem -out odd.key");
    } else {
      Openssl.ok(directory, "genpkey -algorithm " + algorithm + " -out odd.key");
    }
    Openssl.ok(directory, "req -new -key odd.key -subj /CN=front-proxy-client -out odd.csr");
    Openssl.ok(
        directory,
        "x509 -req -in odd.csr -CA pki/front-proxy-ca.crt -CAkey pki/front-proxy-ca.key"
            + " -CAcreateserial -days 30 -out pki/front-proxy-client.crt");

    assertThat(node.certs("check-expiration")).as(node.err()).isZero();
    assertThat(node.certs("renew front-proxy-client")).as(node.err()).isZero();
    assertThat(Openssl.ok(directory, "x509 -noout -text -in pki/front-proxy-client.crt"))
        .contains("prime256v1", "Subject: CN = front-proxy-client");
    Openssl.ok(directory, "verify -CAfile pki/front-proxy-ca.crt pki/front-proxy-client.crt");
  }

  @Test
  void a_disk_that_cannot_be_read_is_told_apart_from_a_missing_file() throws Exception {
    var node = node();
    Files.delete(node.pki("apiserver.crt"));
    // Its first page is not mapped: the kernel says input/output error, to root too.
    Files.createSymbolicLink(node.pki("apiserver.crt"), Path.of("/proc/self/mem"));

    assertThat(node.certs("check-expiration")).isEqualTo(1);
    assertThat(node.err())
        .isEqualTo(
            "error: cannot read "
                + node.pki("apiserver.crt")
                + ": Input/output error\n  try: look at the file and its disk\n");
    assertRefused(
        node,
        "all",
        "cannot read " + node.pki("apiserver.crt") + ": Input/output error",
        "look at the file and its disk");
  }

  @Test
  void a_pki_of_links_stays_one() throws Exception {
    var node = node();
    var shared = Files.createDirectory(directory.resolve("shared"));
    var links = new ArrayList<Path>();
    for (var name : List.of("apiserver.crt", "apiserver.key")) {
      Files.move(node.pki(name), shared.resolve(name));
      Files.createSymbolicLink(node.pki(name), Path.of("../shared").resolve(name));
      links.add(directory.resolve("elsewhere").resolve(name));
    }
    Files.move(node.layout().certificatesDir(), directory.resolve("elsewhere"));
    Files.createSymbolicLink(node.layout().certificatesDir(), directory.resolve("elsewhere"));
    links.add(node.layout().certificatesDir());
    var before = Files.readString(shared.resolve("apiserver.crt"));

    assertThat(node.certs("check --no-probe --exit-code")).as(node.out()).isZero();
    assertThat(node.certs("renew all")).as(node.err()).isZero();

    assertThat(links).allSatisfy(link -> assertThat(link).isSymbolicLink());
    assertThat(Files.readString(shared.resolve("apiserver.crt"))).isNotEqualTo(before);
    for (Leaf leaf : Leaf.values()) {
      Openssl.ok(
          directory,
          "verify -CAfile "
              + node.layout().certificate(leaf.authority())
              + " "
              + node.layout().certificate(leaf));
    }
  }

  @Test
  void a_link_that_points_nowhere_is_told_apart_from_a_missing_file() throws Exception {
    var node = node();
    Files.delete(node.pki("apiserver.crt"));
    Files.createSymbolicLink(node.pki("apiserver.crt"), Path.of("gone.crt"));

    assertRefused(
        node,
        "apiserver",
        node.pki("apiserver.crt") + ": no such file or directory",
        "the symbolic link there points nowhere; bring its target back");
  }

  @Test
  void permissions_that_are_too_wide_are_reported_and_repaired() throws Exception {
    var node = node();
    var wide =
        List.of(
            node.pki("apiserver.key"),
            node.pki("ca.key"),
            node.pki("sa.key"),
            node.conf("admin.conf"));
    for (var file : wide) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(3);
    for (var name : List.of("apiserver", "ca", "admin.conf")) {
      assertThat(node.out())
          .contains(
              "warning: "
                  + name
                  + ": its secret can be read by everybody: mode 644\n  try: chmod 600 the file");
    }
    assertThat(node.out())
        .contains(
            "warning: node: %s can be read by everybody: mode 644\n  try: chmod 600 %s\n"
                .formatted(node.pki("sa.key"), node.pki("sa.key")))
        .endsWith("\n0 broken, 4 to look after\n");

    assertThat(node.certs("renew all")).as(node.err()).isZero();
    assertThat(mode(node.pki("apiserver.key"))).isEqualTo("rw-r-----");
    assertThat(mode(node.conf("admin.conf"))).isEqualTo("rw-r-----");
    assertThat(mode(node.pki("ca.key"))).as("nothing of it is renewed").isEqualTo("rw-r--r--");
    assertThat(node.certs("check --no-probe")).isZero();
    assertThat(node.out()).endsWith("\n0 broken, 2 to look after\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "pki", "pki/etcd", "pki/ca.crt", "pki/sa.pub", "pki/etcd/peer.crt"})
  void what_everybody_may_change_is_told(String place) throws Exception {
    var node = node();
    var file = node.conf(place).normalize();
    var open = Files.getPosixFilePermissions(file);
    open.add(PosixFilePermission.OTHERS_WRITE);
    Files.setPosixFilePermissions(file, open);

    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(3);
    assertThat(node.out())
        .contains(
            "warning: node: %s can be changed by everybody\n  try: chmod o-w %s\n"
                .formatted(file, file))
        .endsWith("\n0 broken, 1 to look after\n");
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void by_a_clock_from_before_the_authority_nothing_is_signed() throws Exception {
    Instant later = NOW.plus(Duration.ofDays(100));
    var node = CertsNode.create(directory, later);

    assertThat(node.certs("check-expiration")).as("as kubeadm").isZero();
    assertRefusedByClock(node, "apiserver", node.pki("ca.crt"), later);
    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out())
        .contains("broken: node: a certificate is valid from " + later.minus(Duration.ofMinutes(5)))
        .contains("\n  try: set the clock right (timedatectl) before anything is renewed\n");
  }

  @Test
  void by_a_clock_from_before_the_leaf_nothing_is_signed() throws Exception {
    Instant later = NOW.plus(Duration.ofMinutes(30));
    var node = node();
    Openssl.ok(directory, "req -new -key pki/apiserver.key -subj /CN=kube-apiserver -out x.csr");
    Openssl.ok(
        directory,
        "ca -batch -config "
            + signing()
            + " -in x.csr -out pki/apiserver.crt -notext -startdate "
            + utc(later)
            + " -enddate "
            + utc(later.plus(Duration.ofDays(1))));

    assertRefusedByClock(
        node, "apiserver", node.pki("apiserver.crt"), later.plus(Duration.ofMinutes(5)));
    assertThat(node.certs("renew etcd-server")).as("what is not of the future").isZero();
  }

  /** What openssl needs to sign with dates of one's choice. */
  private Path signing() throws Exception {
    Files.writeString(directory.resolve("index"), "");
    Files.writeString(directory.resolve("serial"), "01\n");
    return Files.writeString(
        directory.resolve("ca.conf"),
        """
        [ca]
        default_ca=d
        [d]
        database=%1$s/index
        serial=%1$s/serial
        new_certs_dir=%1$s
        certificate=%1$s/pki/ca.crt
        private_key=%1$s/pki/ca.key
        default_md=sha256
        policy=p
        x509_extensions=x
        [p]
        commonName=supplied
        [x]
        subjectAltName=DNS:cp-1
        """
            .formatted(directory));
  }

  private static String utc(Instant time) {
    return time.toString().replaceAll("[-:T]", "");
  }

  private static void assertRefusedByClock(CertsNode node, String name, Path file, Instant start)
      throws Exception {
    Map<String, String> before = node.tree();
    assertThat(node.certs("renew " + name)).isEqualTo(1);
    assertThat(node.err())
        .startsWith(
            "error: failed to renew certificate %s: %s is valid only from %s on, and the clock says "
                .formatted(name, file, start.minus(Duration.ofMinutes(5))))
        .endsWith("\n  try: set the clock of this machine right\nnothing was changed\n");
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void a_file_that_was_written_in_the_future_is_told() throws Exception {
    var node = node();
    Instant later = NOW.plus(Duration.ofDays(2));
    Files.setLastModifiedTime(node.pki("etcd/peer.crt"), FileTime.from(later));

    assertThat(node.certs("check --no-probe --exit-code")).isEqualTo(4);
    assertThat(node.out())
        .contains(
            "broken: node: a file of the PKI was written at " + later + ", but the clock says ")
        .endsWith("\n1 broken, 0 to look after\n");
  }

  @Test
  void a_kubeconfig_whose_certificate_is_elsewhere_is_looked_at_and_not_renewed() throws Exception {
    var node = node();
    var conf = node.conf("admin.conf");
    var pem = directory.resolve("admin.pem");
    var text = Files.readString(conf);
    var data = text.replaceAll("(?s).*client-certificate-data: (\\S+).*", "$1");
    Files.write(pem, Base64.getDecoder().decode(data));
    Files.writeString(
        conf, text.replaceFirst("client-certificate-data: .*", "client-certificate: admin.pem"));
    Map<String, String> before = node.tree();

    assertThat(node.certs("check-expiration")).as(node.err()).isZero();
    assertThat(node.certs("renew all")).isEqualTo(1);
    assertThat(node.err()).contains("admin.conf", "kubectl config set-credentials --embed-certs");
    assertThat(node.tree()).isEqualTo(before);
    assertThat(Certificates.read(pem)).hasSize(1);
  }
}
