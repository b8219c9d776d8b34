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
  void a_damaged_manifest_is_told_and_hides_no_other_backup() throws IOException {
    var whole = apply(put("admin.conf", "one", Access.SECRET));
    var widened = apply(put("admin.conf", "two", Access.SECRET));
    var torn = apply(put("admin.conf", "three", Access.SECRET));
    var backups = temp.resolve("ballast/backups");
    var manifest = backups.resolve(widened.id()).resolve("manifest");
    Files.writeString(manifest, Files.readString(manifest).replace("600", "666"));
    Files.write(backups.resolve(torn.id()).resolve("manifest"), new byte[] {(byte) 0xff, 0});
    Files.writeString(backups.resolve("notes.txt"), "somebody's own");

    assertThat(node.changes().backups()).extracting(Backup::id).containsExactly(whole.id());
    assertThat(node.changes().damagedBackups()).containsExactly(torn.id(), widened.id());
    node.changes().open().close();
    assertThat(backups.resolve("notes.txt")).exists();
  }

  @Test
  void a_disk_that_is_mounted_elsewhere_finds_its_backups_and_its_unfinished_change()
      throws IOException {
    var first = Files.createDirectory(temp.resolve("mount-1"));
    var disk = Node.create(first);
    try (var session = disk.changes().open()) {
      session.apply(disk.plan());
    }
    var second = Files.move(first, temp.resolve("mount-2"));
    var moved = Node.at(second);

    var changes = moved.changes();
    try (var session = changes.open()) {
      session.apply(changes.restoring(changes.backups().getLast()));
    }

    assertThat(moved.settledVersion()).isEqualTo("old");
    assertThat(first).doesNotExist();
  }

  @Test
  void a_change_that_was_killed_is_settled_where_the_disk_is_mounted_then() throws IOException {
    for (int step = 1; ; step += 3) {
      var first = Files.createDirectory(temp.resolve("before-" + step));
      var disk = Node.create(first);
      var killed = false;
      try (var session = disk.changes(FaultyDisk.killedAt(step)).open()) {
        session.apply(disk.plan());
      } catch (FaultyDisk.Kill e) {
        killed = true;
      }
      var moved = Node.at(Files.move(first, temp.resolve("after-" + step)));
      moved.assertEveryPairMatches();
      moved.changes().open().close();
      moved.settledVersion();
      assertThat(first).doesNotExist();
      if (!killed) {
        assertThat(step).isGreaterThan(100);
        return;
      }
    }
  }

  @Test
  void a_link_that_leads_out_of_a_mounted_disk_is_not_followed() throws IOException {
    var outside = Files.createDirectory(temp.resolve("this-machine")).resolve("apiserver.key");
    Files.writeString(outside, "of this machine");
    var mounted = Files.createDirectories(temp.resolve("mounted/pki"));
    Files.createSymbolicLink(mounted.resolve("apiserver.key"), outside);
    var state = StateDirectory.beside(temp.resolve("mounted")).within(temp.resolve("mounted"));
    var plan =
        Plan.of(
            "renew",
            new FileChange.Put(mounted.resolve("apiserver.key"), Content.of("new"), Access.SECRET));

    assertThatThrownBy(
            () -> {
              try (var session = Changes.in(state, Node.CLOCK).open()) {
                session.apply(plan);
              }
            })
        .isInstanceOf(ChangeFailure.class)
        .hasMessageContaining("leads out of")
        .hasMessageContaining("nothing was changed");
    assertThat(outside).hasContent("of this machine");
  }

  @Test
  void a_plan_is_not_made_so_when_another_change_came_first() {
    var mark = node.changes().mark();
    apply(put("admin.conf", "of another command", Access.SECRET));

    assertThatThrownBy(() -> node.changes().openSince(mark))
        .isInstanceOf(ChangeFailure.class)
        .hasMessageContaining("run it again; nothing was changed");
    // The refusal let go of the lock.
    node.changes().openSince(node.changes().mark()).close();
  }

  @Test
  void who_is_turned_away_does_not_take_the_lock_from_who_holds_it() throws IOException {
    try (var _ = node.changes().open()) {
      assertThatThrownBy(() -> node.changes().open()).isInstanceOf(ChangeFailure.class);
      assertThat(node.changes().settle()).isEqualTo(Changes.Leftover.NONE);

      assertThat(locksOfThisProcess()).as("the kernel's own list").isEqualTo(1);
    }
    assertThat(locksOfThisProcess()).isZero();
  }

  private long locksOfThisProcess() throws IOException {
    var inode = Files.getAttribute(temp.resolve("ballast/lock"), "unix:ino").toString();
    // 1: POSIX  ADVISORY  WRITE 4711 fe:00:1234 0 EOF
    try (var lines = Files.lines(Path.of("/proc/locks"))) {
      return lines
          .filter(line -> line.contains(" " + ProcessHandle.current().pid() + " "))
          .filter(line -> line.contains(":" + inode + " "))
          .count();
    }
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
