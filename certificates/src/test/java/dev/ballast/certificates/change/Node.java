package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A small directory tree like a control plane's, in which a version stands for a key pair. */
final class Node {
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z"));
  private static final List<String> PAIRS = List.of("pki/apiserver", "pki/client", "pki/etcd/peer");

  final Path root;

  private Node(Path root) {
    this.root = root;
  }

  /** A tree that is there already. */
  static Node at(Path root) {
    return new Node(root);
  }

  /** Pairs in two directories, a pair that is split over two by a link, and a kubeconfig. */
  static Node create(Path root) throws IOException {
    var node = new Node(root);
    Files.createDirectories(root.resolve("pki/etcd"));
    Files.createDirectories(root.resolve("vault"));
    for (var pair : PAIRS) {
      node.write(pair + ".crt", "old", "rw-r--r--");
      node.write(pair + ".key", "old", "rw-------");
    }
    Files.move(root.resolve("pki/client.key"), root.resolve("vault/client.key"));
    Files.createSymbolicLink(root.resolve("pki/client.key"), Path.of("../vault/client.key"));
    node.write("admin.conf", "old", "rw-------");
    node.write("pki/etcd/gone.crt", "old", "rw-r--r--");
    node.write("pki/etcd/gone.key", "old", "rw-------");
    Files.createSymbolicLink(root.resolve("current.pem"), Path.of("one.pem"));
    return node;
  }

  private void write(String name, String text, String mode) throws IOException {
    var file = root.resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  /** Replaces all, creates a pair, deletes one, and turns a link. */
  Plan plan() {
    var changes = new ArrayList<FileChange>();
    var together = new ArrayList<Set<Path>>();
    for (var pair : List.of("pki/apiserver", "pki/client", "pki/etcd/peer", "pki/fresh")) {
      var cert = root.resolve(pair + ".crt");
      var key = root.resolve(pair + ".key");
      changes.add(new FileChange.Put(key, Content.of("new"), Access.SECRET));
      changes.add(new FileChange.Put(cert, Content.of("new"), Access.PUBLIC));
      together.add(Set.of(cert, key));
    }
    changes.add(new FileChange.Put(root.resolve("admin.conf"), Content.of("new"), Access.SECRET));
    changes.add(new FileChange.Delete(root.resolve("pki/etcd/gone.crt")));
    changes.add(new FileChange.Delete(root.resolve("pki/etcd/gone.key")));
    changes.add(new FileChange.Link(root.resolve("current.pem"), Path.of("two.pem")));
    return new Plan("test", changes, together);
  }

  StateDirectory state() {
    return StateDirectory.beside(root);
  }

  Changes changes() {
    return changes(FaultyDisk.killedAt(0));
  }

  Changes changes(Disk disk) {
    return new Changes(state(), CLOCK, 3, disk);
  }

  void assertEveryPairMatches() throws IOException {
    for (var pair : List.of("pki/apiserver", "pki/client", "pki/etcd/peer", "pki/fresh")) {
      assertThat(read(pair + ".crt"))
          .as(pair)
          .isEqualTo(read(pair + ".key"))
          .isIn("old", "new", "absent");
    }
    assertThat(read("pki/etcd/gone.crt")).isEqualTo(read("pki/etcd/gone.key"));
    assertThat(read("admin.conf")).isIn("old", "new");
  }

  private String read(String name) throws IOException {
    return Files.exists(root.resolve(name)) ? Files.readString(root.resolve(name)) : "absent";
  }

  /** All files of one version, plain, with the modes they had, and no traces. */
  String settledVersion() throws IOException {
    var version = read("pki/apiserver.crt");
    var fresh = version.equals("new");
    for (var pair : PAIRS) {
      assertThat(read(pair + ".crt")).as(pair).isEqualTo(version);
      assertThat(Files.isRegularFile(root.resolve(pair + ".crt"), LinkOption.NOFOLLOW_LINKS))
          .isTrue();
      assertThat(mode(pair + ".key")).isEqualTo("rw-------");
      assertThat(mode(pair + ".crt")).isEqualTo("rw-r--r--");
    }
    assertThat(Files.readSymbolicLink(root.resolve("pki/client.key")))
        .isEqualTo(Path.of("../vault/client.key"));
    assertThat(read("admin.conf")).isEqualTo(version);
    assertThat(read("pki/fresh.key")).isEqualTo(fresh ? "new" : "absent");
    assertThat(read("pki/etcd/gone.key")).isEqualTo(fresh ? "absent" : "old");
    assertThat(Files.readSymbolicLink(root.resolve("current.pem")))
        .isEqualTo(Path.of(fresh ? "two.pem" : "one.pem"));
    try (var all = Files.walk(root)) {
      assertThat(all.map(p -> String.valueOf(p.getFileName())))
          .noneMatch(name -> name.startsWith(".") || name.startsWith("journal"));
    }
    return version;
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(name)));
  }
}
