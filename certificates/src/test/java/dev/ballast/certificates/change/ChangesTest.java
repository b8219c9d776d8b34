package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(ReplaceUnderscores.class)
class ChangesTest {
  @TempDir Path temp;
  private Node node;

  @BeforeEach
  void createNode() throws IOException {
    node = Node.create(temp);
  }

  private Backup apply(Plan plan) {
    try (var session = node.changes().open()) {
      return session.apply(plan).orElseThrow();
    }
  }

  private String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve(path)));
  }

  @Test
  void a_backup_is_private_and_brings_everything_back() throws IOException {
    var backup = apply(node.plan());
    assertThat(node.settledVersion()).isEqualTo("new");
    assertThat(mode("ballast")).isEqualTo("rwx------");
    assertThat(mode("ballast/backups/" + backup.id())).isEqualTo("rwx------");

    var changes = node.changes();
    try (var session = changes.open()) {
      session.apply(changes.restoring(backup));
    }

    assertThat(node.settledVersion()).isEqualTo("old");
  }

  @Test
  void a_plan_that_changes_nothing_makes_no_backup() {
    apply(node.plan());

    try (var session = node.changes().open()) {
      assertThat(session.apply(node.plan())).isEmpty();
    }
    assertThat(node.changes().backups()).hasSize(1);
  }

  @Test
  void the_oldest_backups_go_when_there_are_too_many() {
    for (int i = 0; i < 6; i++) {
      apply(put("admin.conf", "version " + i, Access.SECRET));
    }
    node.changes().open().close();

    assertThat(node.changes().backups()).hasSize(3);
  }

  @Test
  void a_damaged_backup_is_not_restored() throws IOException {
    var backup = apply(put("admin.conf", "other", Access.SECRET));
    var copy = temp.resolve("ballast/backups").resolve(backup.id()).resolve("file-0");
    Files.writeString(copy, "wrong");

    assertThatThrownBy(() -> node.changes().restoring(backup))
        .isInstanceOf(ChangeFailure.class)
        .hasMessageContaining("is damaged");
  }

  @Test
  void a_backup_with_a_damaged_manifest_is_not_listed() throws IOException {
    var backup = apply(put("admin.conf", "other", Access.SECRET));
    var manifest = temp.resolve("ballast/backups").resolve(backup.id()).resolve("manifest");
    Files.writeString(manifest, Files.readString(manifest).replace("600", "666"));

    assertThat(node.changes().backups()).isEmpty();
  }

  @Test
  void a_key_that_everybody_could_read_is_repaired() throws IOException {
    var key = temp.resolve("pki/apiserver.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-rw-rw-"));

    apply(put("pki/apiserver.key", "other", Access.SECRET));

    assertThat(mode("pki/apiserver.key")).isEqualTo("rw-r-----");
  }

  @Test
  void permissions_alone_are_worth_a_change() throws IOException {
    var key = temp.resolve("pki/apiserver.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    apply(put("pki/apiserver.key", "old", Access.SECRET));

    assertThat(mode("pki/apiserver.key")).isEqualTo("rw-r-----");
  }

  @Test
  void a_symbolic_link_to_the_directory_is_kept() throws IOException {
    Files.move(temp.resolve("pki"), temp.resolve("elsewhere"));
    Files.createSymbolicLink(temp.resolve("pki"), Path.of("elsewhere"));

    apply(put("pki/apiserver.crt", "other", Access.PUBLIC));

    assertThat(temp.resolve("pki")).isSymbolicLink();
    assertThat(temp.resolve("elsewhere/apiserver.crt")).hasContent("other");
  }

  @Test
  void a_link_in_a_circle_is_refused() throws IOException {
    Files.createSymbolicLink(temp.resolve("loop.crt"), Path.of("loop.crt"));

    assertThatThrownBy(() -> apply(put("loop.crt", "x", Access.PUBLIC)))
        .hasMessageContaining("leads in a circle");
  }

  @Test
  void a_directory_in_the_place_of_a_file_is_refused() {
    assertThatThrownBy(() -> apply(put("pki", "x", Access.PUBLIC)))
        .hasMessageContaining("is a directory and not a file");
  }

  @Test
  void two_changes_at_once_are_kept_apart() {
    try (var _ = node.changes().open()) {
      assertThatThrownBy(() -> node.changes().open())
          .isInstanceOf(ChangeFailure.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
    }
    node.changes().open().close();
  }

  @Test
  void missing_directories_are_created_for_new_files() {
    apply(put("lib/kubelet/pki/client.pem", "x", Access.SECRET));

    assertThat(temp.resolve("lib/kubelet/pki/client.pem")).hasContent("x");
  }

  @Test
  void a_journal_of_another_version_is_not_touched() throws IOException {
    Files.createDirectories(temp.resolve("ballast"));
    Files.writeString(temp.resolve("ballast/journal"), "ballast-change 9\n");

    assertThatThrownBy(() -> node.changes().settle())
        .isInstanceOf(ChangeFailure.class)
        .hasMessageContaining("not a journal of this version");
  }

  @Test
  void content_and_plans_do_not_print_secrets() {
    var plan = put("admin.conf", "very secret", Access.SECRET);

    assertThat(plan.toString()).doesNotContain("very secret");
  }

  private Plan put(String path, String text, Access access) {
    return Plan.of("put " + path, new FileChange.Put(temp.resolve(path), Content.of(text), access));
  }
}
