package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * {@code ballast certs renew all}, ended by SIGKILL on its way into a system call that changes a
 * file. With {@code dev/test --long} that is each of them in turn; otherwise those by which each
 * file and each kind of call at each kind of place is hit. openssl judges what is left.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsKilledIT {
  private static final boolean EACH = Boolean.getBoolean("nightly");
  private static final String CUT_SHORT = "an earlier change was cut short; it was ";

  /** In memory where there is a file system of that kind: what is synced is not what is judged. */
  static final class InMemory implements TempDirFactory {
    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
        throws IOException {
      var memory = Path.of("/dev/shm");
      return Files.isWritable(memory)
          ? Files.createTempDirectory(memory, "blt-")
          : Files.createTempDirectory("blt-");
    }
  }

  @TempDir(factory = InMemory.class)
  Path temp;

  private CertsNode original;
  private List<Strace.Call> calls;

  @BeforeEach
  void a_renewal_that_comes_to_its_end() throws Exception {
    Strace.require(temp);
    original = CertsNode.create(temp.resolve("original"), Instant.now().minus(Duration.ofDays(9)));
    var node = copy("recorded");
    calls = new Strace(temp.resolve("recorded.log")).calls(renewal(node));
    assertThat(calls).hasSizeGreaterThan(200);
    assertThat(state(node)).isEqualTo("new");
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void wherever_it_is_killed_all_pairs_match_and_the_next_command_settles_it() {
    var chosen = chosen();
    var ends = chosen.parallelStream().map(this::settledAfterAKill).toList();
    long kills = ends.stream().filter(End::killed).count();
    System.out.println("killed at " + kills + " of " + calls.size() + " calls of a renewal");
    // Calls that another part of the JVM makes are not the same each time.
    assertThat(kills).isGreaterThan(chosen.size() - 5);
    assertThat(ends).extracting(End::settled).contains("new", "old");
  }

  /**
   * What became of one renewal.
   *
   * @param killed whether it came to the call at all
   * @param settled whether the next command took it back, {@code old}, or finished it, {@code new}
   */
  private record End(boolean killed, String settled) {}

  private End settledAfterAKill(Strace.Call call) {
    try {
      var directory = Files.createTempDirectory(temp, "killed-");
      var node = copy(directory.getFileName() + "/node");
      boolean killed = new Strace(directory.resolve("log")).killsAt(call, renewal(node));
      if (!killed) {
        assertThat(state(node)).isEqualTo("new");
      }
      judge(node, call);
      var seen = state(node);
      assertThat(node.certs("check-expiration")).as(node.err()).isZero();
      judge(node, call);
      assertNothingIsLeft(node, call);
      var settled = state(node);
      assertThat(settled).as(call + " found " + seen).isIn("old", "new");
      if (node.err().startsWith(CUT_SHORT)) {
        assertThat(node.err())
            .isEqualTo(CUT_SHORT + (settled.equals("new") ? "finished" : "taken back") + "\n");
      } else {
        assertThat(seen).as(call.toString()).isEqualTo(settled);
      }
      assertThat(node.certs("renew all")).as(node.err()).isZero();
      assertNothingIsLeft(node, call);
      delete(directory);
      return new End(killed, settled);
    } catch (Exception e) {
      throw new AssertionError("killed at " + call, e);
    }
  }

  private List<Strace.Call> chosen() {
    var hit = new HashSet<String>();
    return calls.stream().filter(call -> hit.addAll(marks(call)) || EACH).toList();
  }

  /** What a kill there is a kill of: a kind of call at a kind of place, and a file of the node. */
  private Set<String> marks(Strace.Call call) {
    if (call.name().equals("fsync")) {
      // The files are the same as before the call that comes next.
      return Set.of();
    }
    var node = temp.resolve("recorded");
    if (!call.path().startsWith(node)) {
      return Set.of(call.name() + " elsewhere");
    }
    var path = node.relativize(call.path());
    if (path.toString().contains(".ballast-change")) {
      return Set.of(call.name() + " in " + path.resolveSibling("").getFileName());
    }
    if (path.startsWith("ballast/backups") && path.getNameCount() > 3) {
      return Set.of(call.name() + " in a backup");
    }
    if (path.startsWith("ballast")) {
      return Set.of(call.name() + " " + path.getName(path.getNameCount() - 1));
    }
    return Set.of(call.name() + " of a file", "file " + path);
  }

  private static List<String> renewal(CertsNode node) {
    return List.of(
        ProcessHandle.current().info().command().orElseThrow(),
        "@" + Path.of("../dev/jvm-options").toAbsolutePath().normalize(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-cp",
        System.getProperty("java.class.path"),
        "dev.ballast.cli.Main",
        "certs",
        "renew",
        "all",
        "--offline",
        "--key-algorithm=ECDSA-P256",
        "--cert-dir=" + node.layout().certificatesDir(),
        "--kubeconfig-dir=" + node.layout().kubeconfigDir());
  }

  private CertsNode copy(String name) throws IOException {
    var from = original.layout().kubeconfigDir();
    var to = temp.resolve(name);
    for (var file : files(from)) {
      var copied = to.resolve(from.relativize(file).toString());
      Files.copy(
          file,
          copied,
          java.nio.file.StandardCopyOption.COPY_ATTRIBUTES,
          LinkOption.NOFOLLOW_LINKS);
    }
    return CertsNode.at(to);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      return files.sorted().toList();
    }
  }

  private static void delete(Path directory) throws IOException {
    for (var file : files(directory).reversed()) {
      Files.delete(file);
    }
  }

  /** The files that a renewal replaces. */
  private static List<Path> renewed(CertsNode node) {
    var layout = node.layout();
    return Stream.concat(
            Stream.of(Leaf.values())
                .flatMap(leaf -> Stream.of(layout.certificate(leaf), layout.key(leaf))),
            Stream.of(KubeconfigFile.values())
                .filter(file -> file != KubeconfigFile.KUBELET)
                .map(layout::kubeconfig))
        .toList();
  }

  /** Whether all of them are those of before, all are others, or some of each. */
  private String state(CertsNode node) throws IOException {
    var states = new TreeSet<String>();
    for (var file : renewed(node)) {
      var before =
          original
              .layout()
              .kubeconfigDir()
              .resolve(node.layout().kubeconfigDir().relativize(file).toString());
      states.add(Files.mismatch(before, file) < 0 ? "old" : "new");
    }
    return String.join(" and ", states);
  }

  /** Every pair matches, is signed by its authority, and only its owner reads the key. */
  private void judge(CertsNode node, Strace.Call call) throws Exception {
    var own = Files.createDirectories(node.layout().kubeconfigDir().resolveSibling("judge"));
    var script = new StringBuilder("cd " + own + "\n");
    script.append(
        """
        fail() { echo "$@"; exit 1; }
        pair() {
          a=$(openssl x509 -noout -pubkey -in "$1") && b=$(openssl pkey -pubout -in "$2") || fail "$1 cannot be read"
          [ "$a" = "$b" ] || fail "$1 and $2 do not match"
        }
        secret() { [ "$(stat -L -c %a "$1")" = 600 ] || fail "$1 is not secret"; }
        part() { sed -n "s/^ *$2: //p" "$1" | base64 -d; }
        """);
    for (var authority : Authority.values()) {
      var verified = new ArrayList<String>();
      for (var leaf : Leaf.values()) {
        if (leaf.authority() == authority) {
          var certificate = node.layout().certificate(leaf);
          var key = node.layout().key(leaf);
          script.append("pair %s %s; secret %s\n".formatted(certificate, key, key));
          verified.add(certificate.toString());
        }
      }
      var ca = node.layout().certificate(authority);
      script.append("pair %s %s\n".formatted(ca, node.layout().key(authority)));
      script.append(
          "openssl verify -x509_strict -CAfile %s %s || fail verify\n"
              .formatted(ca, String.join(" ", verified)));
    }
    for (var file : KubeconfigFile.values()) {
      var conf = node.layout().kubeconfig(file);
      script.append(
          """
          secret %1$s
          part %1$s client-certificate-data >conf.crt; part %1$s client-key-data >conf.key
          part %1$s certificate-authority-data >conf.ca
          pair conf.crt conf.key
          openssl verify -x509_strict -CAfile conf.ca conf.crt %2$s || fail %1$s
          """
              .formatted(conf, node.layout().certificate(Leaf.APISERVER)));
    }
    var process =
        new ProcessBuilder("sh", "-c", script.toString()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("killed at " + call + ": " + said).isZero();
  }

  /** The files of before, none of them a link or wider, and beside them the lock and backups. */
  private void assertNothingIsLeft(CertsNode node, Strace.Call call) throws IOException {
    var expected = modes(original);
    var found = modes(node);
    found.keySet().removeIf(name -> name.equals("ballast") || name.equals("ballast/lock"));
    found
        .keySet()
        .removeIf(name -> name.matches("ballast/backups(/\\d[^/]*(/(manifest|file-\\d+))?)?"));
    assertThat(found).as("after a kill at " + call).isEqualTo(expected);
  }

  private static TreeMap<String, String> modes(CertsNode node) throws IOException {
    var root = node.layout().kubeconfigDir();
    var modes = new TreeMap<String, String>();
    for (var file : files(root)) {
      var kind = Files.isSymbolicLink(file) ? "link " : Files.isDirectory(file) ? "dir " : "file ";
      modes.put(
          root.relativize(file).toString(),
          kind + Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS));
    }
    return modes;
  }
}
