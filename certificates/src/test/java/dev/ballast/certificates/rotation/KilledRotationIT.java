package dev.ballast.certificates.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.certificates.Authority;
import dev.ballast.certificates.KubeconfigFile;
import dev.ballast.certificates.Leaf;
import dev.ballast.certificates.change.Changes;
import dev.ballast.certificates.change.InMemory;
import dev.ballast.certificates.change.Interrupted;
import dev.ballast.certificates.change.StateDirectory;
import dev.ballast.certificates.peers.Peers;
import dev.ballast.certificates.peers.TestCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rotation of each authority, killed before every step of every stage and taken up again. What
 * a reader can see after the kill, and after the next start, openssl judges by the authorities of
 * before the stage and by those of after it: other nodes may have either.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledRotationIT {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);

  /** Every step with {@code dev/test --long}; otherwise others for each authority. */
  private static final int STRIDE = Boolean.getBoolean("nightly") ? 1 : 3;

  @TempDir(factory = InMemory.class)
  Path temp;

  private TestCluster cluster;
  private Path oldBundle;
  private Path newBundle;
  private final Set<String> judged = new HashSet<>();

  @BeforeEach
  void a_node() throws IOException {
    Peers.require("openssl", "openssl");
    cluster = TestCluster.create(temp.resolve("node"), NOW.minus(Duration.ofDays(100)), 6443);
    Files.createDirectories(cluster.files().manifests());
    Files.writeString(
        cluster.files().manifests().resolve("kube-controller-manager.yaml"),
        """
        kind: Pod
        metadata:
          name: kube-controller-manager
        spec:
          containers:
          - command:
            - kube-controller-manager
            - --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt
            - --cluster-signing-key-file=/etc/kubernetes/pki/ca.key
        """);
    oldBundle = temp.resolve("old-bundle.crt");
    newBundle = temp.resolve("new-bundle.crt");
  }

  @ParameterizedTest
  @EnumSource(Authority.class)
  void a_rotation_is_taken_up_where_it_was_cut(Authority authority) throws IOException {
    int kills = 0;
    for (var goal : Goal.values()) {
      var before = copy(cluster.files().root(), temp.resolve("before-" + goal));
      var rotation = rotation(authority);
      var plan = rotation.next(rotation.stage());
      assertThat(Interrupted.before(0, state(), CLOCK, plan)).isFalse();
      assertThat(goal).matches(reached -> reached.isReachedBy(rotation(authority).stage()));
      var after = copy(cluster.files().root(), temp.resolve("after-" + goal));
      var ca = cluster.files().root().relativize(cluster.layout().certificate(authority));
      Files.copy(before.resolve(ca), oldBundle, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(after.resolve(ca), newBundle, StandardCopyOption.REPLACE_EXISTING);
      var outcomes = new TreeSet<Boolean>();
      for (int step = 1 + authority.ordinal() % STRIDE; ; step += STRIDE) {
        restore(before);
        if (!Interrupted.before(step, state(), CLOCK, plan)) {
          break;
        }
        judge(authority);
        outcomes.add(settleAndTakeUp(authority, goal, step));
        kills++;
      }
      assertThat(outcomes).as("taken back, finished").containsExactly(false, true);
      restore(after);
    }
    System.out.println(authority.label() + ": " + kills + " kills in three stages");
    assertThat(kills).isGreaterThan(150 / STRIDE);
  }

  /** Whether the stage was finished by the next start, and had not to be done again. */
  private boolean settleAndTakeUp(Authority authority, Goal goal, int step) throws IOException {
    Changes.in(state(), CLOCK).settle();
    assertNoTraces();
    judge(authority);
    var rotation = rotation(authority);
    var finished = goal.isReachedBy(rotation.stage());
    if (!finished) {
      assertThat(rotation.stage()).as(goal + " after step " + step).matches(goal::isNextAfter);
      assertThat(Interrupted.before(0, state(), CLOCK, rotation.next(rotation.stage()))).isFalse();
      assertThat(goal.isReachedBy(rotation(authority).stage())).isTrue();
    }
    Rotations.assertNothingIsBroken(cluster, NOW);
    return finished;
  }

  private StateDirectory state() {
    return StateDirectory.beside(cluster.layout().kubeconfigDir());
  }

  private Rotation rotation(Authority authority) {
    return Rotations.of(cluster, authority, NOW);
  }

  private void assertNoTraces() throws IOException {
    try (var files = Files.walk(cluster.files().root())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".") && !name.equals(".kube"))
          .noneMatch(name -> name.startsWith("journal"));
    }
  }

  /** Each state that a reader can see, once. */
  private void judge(Authority authority) throws IOException {
    var commands = new ArrayList<String>();
    var seen = new StringBuilder(Files.readString(oldBundle) + Files.readString(newBundle));
    for (var leaf : Leaf.values()) {
      if (leaf.authority() == authority) {
        pair(cluster.layout().certificate(leaf), cluster.layout().key(leaf), commands, seen);
        trusted(cluster.layout().certificate(leaf), commands);
      }
    }
    pair(cluster.layout().certificate(authority), cluster.layout().key(authority), commands, seen);
    if (authority == Authority.CA) {
      kubeconfigs(commands, seen);
      pair(cluster.files().kubeletClient(), cluster.files().kubeletClient(), commands, seen);
      trusted(cluster.files().kubeletClient(), commands);
      var signing = cluster.pki("ca-signing.crt");
      var manifest = cluster.files().manifests().resolve("kube-controller-manager.yaml");
      if (Files.readString(manifest).contains("ca-signing.crt")) {
        pair(signing, cluster.pki("ca.key"), commands, seen);
      }
    }
    if (judged.add(seen.toString())) {
      var script =
          """
          pair() {
            a=$(openssl x509 -noout -pubkey -in "$1") && b=$(openssl pkey -pubout -in "$2") && [ "$a" = "$b" ]
          }
          trusted() { openssl verify -x509_strict -CAfile "$1" "$2"; }
          """
              + String.join("\n", commands.stream().map(c -> c + " || exit 1").toList());
      Peers.run("sh", "-c", script).orFail();
    }
  }

  private static void pair(Path certificate, Path key, List<String> commands, StringBuilder seen)
      throws IOException {
    commands.add("pair " + certificate + " " + key);
    seen.append(Files.readString(certificate)).append(Files.readString(key));
  }

  private void trusted(Path certificate, List<String> commands) {
    commands.add("trusted " + oldBundle + " " + certificate);
    commands.add("trusted " + newBundle + " " + certificate);
  }

  /** Their client certificate is believed by others, and they believe the API server. */
  private void kubeconfigs(List<String> commands, StringBuilder seen) throws IOException {
    var files = new ArrayList<Path>();
    for (var kind : KubeconfigFile.values()) {
      if (kind != KubeconfigFile.KUBELET) {
        files.add(cluster.layout().kubeconfig(kind));
      }
    }
    files.add(cluster.files().root().resolve("root/.kube/config"));
    for (int i = 0; i < files.size(); i++) {
      var text = Files.readString(files.get(i));
      var part = temp.resolve("conf-" + i);
      for (var field :
          List.of("client-certificate-data", "client-key-data", "certificate-authority-data")) {
        var data = text.replaceFirst("(?s).*" + field + ": (\\S+).*", "$1");
        Files.write(
            Path.of(part + "." + field),
            Base64.getDecoder().decode(data.getBytes(StandardCharsets.US_ASCII)));
      }
      var client = Path.of(part + ".client-certificate-data");
      pair(client, Path.of(part + ".client-key-data"), commands, seen);
      trusted(client, commands);
      var trusts = Path.of(part + ".certificate-authority-data");
      seen.append(Files.readString(trusts));
      commands.add("trusted " + trusts + " " + cluster.layout().certificate(Leaf.APISERVER));
    }
  }

  private void restore(Path from) throws IOException {
    delete(cluster.files().root());
    copy(from, cluster.files().root());
  }

  private static Path copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(
            file,
            to.resolve(from.relativize(file).toString()),
            StandardCopyOption.COPY_ATTRIBUTES,
            LinkOption.NOFOLLOW_LINKS);
      }
    }
    return to;
  }

  private static void delete(Path tree) throws IOException {
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
