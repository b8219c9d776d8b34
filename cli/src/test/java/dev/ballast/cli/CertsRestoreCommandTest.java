package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list of backups, the choice of one, and what is not restored. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class CertsRestoreCommandTest {
  @TempDir private Path temp;
  private CertsNode node;

  @BeforeEach
  void two_renewals() {
    node = CertsNode.create(temp, Instant.now());
    assertThat(node.certs("renew apiserver")).as(node.err()).isZero();
    assertThat(node.certs("renew admin.conf")).as(node.err()).isZero();
  }

  /** Newest first. */
  private List<String> listed() {
    assertThat(node.certs("restore")).isZero();
    return node.out().lines().map(line -> line.substring(0, line.indexOf(' '))).toList();
  }

  private Path manifest(String id) {
    return temp.resolve("ballast/backups").resolve(id).resolve("manifest");
  }

  @Test
  void each_backup_is_listed_with_what_it_was_made_before() {
    assertThat(listed()).hasSize(2);
    assertThat(node.out().lines().toList())
        .satisfiesExactly(
            newest -> assertThat(newest).endsWith("   1 files   before renew admin.conf"),
            oldest -> assertThat(oldest).endsWith("   2 files   before renew apiserver"));
  }

  @Test
  void the_one_that_is_named_comes_back_and_nothing_else() throws IOException {
    var admin = Files.readString(node.conf("admin.conf"));
    var renewed = Files.readString(node.pki("apiserver.crt"));

    assertThat(node.certs("restore " + listed().getLast() + " --restart none"))
        .as(node.err())
        .isZero();

    assertThat(node.pki("apiserver.crt")).content().isNotEqualTo(renewed);
    assertThat(node.conf("admin.conf")).hasContent(admin);
  }

  @Test
  void a_damaged_one_is_said_to_be_damaged_and_never_replaced_by_an_older_one() throws IOException {
    var newest = listed().getFirst();
    Files.writeString(manifest(newest), Files.readString(manifest(newest)) + "x");
    var before = node.tree();

    assertThat(listed()).contains(newest);
    assertThat(node.out()).contains(newest + "   damaged: cannot be restored");
    for (var name : List.of("latest", newest)) {
      assertThat(node.certs("restore " + name + " --restart none")).isEqualTo(1);
      assertThat(node.err())
          .contains("backup " + newest + " is damaged", "restore another one by its name");
    }
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void one_whose_copy_is_damaged_is_refused_before_anything_changes() throws IOException {
    var newest = listed().getFirst();
    Files.writeString(manifest(newest).resolveSibling("file-0"), "x");
    var before = node.tree();

    assertThat(node.certs("restore latest --restart none")).isEqualTo(1);
    assertThat(node.err()).contains("is damaged: its SHA-256 is not the one in the manifest");
    assertThat(node.tree()).isEqualTo(before);
  }

  @Test
  void a_dry_run_shows_the_files_and_changes_none() throws IOException {
    var before = node.tree();

    assertThat(node.certs("restore latest --dry-run")).isZero();
    assertThat(node.out()).isEqualTo("[plan] replace " + node.conf("admin.conf") + " (secret)\n");
    assertThat(node.tree()).isEqualTo(before);
  }
}
