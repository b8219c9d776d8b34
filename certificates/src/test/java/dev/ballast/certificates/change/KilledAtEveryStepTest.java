package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walks every step of a change, and of the recovery after it, with a kill before each. */
@DisplayNameGeneration(ReplaceUnderscores.class)
class KilledAtEveryStepTest {
  @TempDir(factory = InMemory.class)
  Path temp;

  private int trees;

  private Node node() throws IOException {
    return Node.create(Files.createDirectory(temp.resolve("n" + trees++)));
  }

  private static boolean applyKilledAt(Node node, int step) throws IOException {
    try (var session = node.changes(FaultyDisk.killedAt(step)).open()) {
      session.apply(node.plan());
      return false;
    } catch (FaultyDisk.Kill e) {
      return true;
    }
  }

  @Test
  void a_change_leaves_matching_pairs_and_is_settled_at_the_next_start() throws IOException {
    var outcomes = new HashSet<String>();
    int step = 1;
    while (true) {
      var node = node();
      var killed = applyKilledAt(node, step);
      node.assertEveryPairMatches();
      if (!killed) {
        assertThat(node.settledVersion()).isEqualTo("new");
        break;
      }
      // As a command does that only looks.
      node.changes().settle();
      outcomes.add(node.settledVersion());
      step++;
    }
    assertThat(step).isGreaterThan(100);
    assertThat(outcomes).isEqualTo(Set.of("old", "new"));
  }

  @Test
  void a_recovery_may_be_killed_as_well() throws IOException {
    int kills = 0;
    for (int step = 1; ; step += 5) {
      for (int second = 1; ; second++) {
        var node = node();
        if (!applyKilledAt(node, step)) {
          assertThat(kills).isGreaterThan(500);
          return;
        }
        var killed = recoverKilledAt(node, second);
        node.assertEveryPairMatches();
        if (!killed) {
          node.settledVersion();
          break;
        }
        kills++;
        node.changes().open().close();
        node.settledVersion();
      }
    }
  }

  private static boolean recoverKilledAt(Node node, int step) {
    try {
      node.changes(FaultyDisk.killedAt(step)).open().close();
      return false;
    } catch (FaultyDisk.Kill e) {
      return true;
    }
  }

  @Test
  void a_refusal_of_the_disk_before_the_commit_leaves_everything_as_it_was() throws IOException {
    for (int step = 1; ; step++) {
      var node = node();
      var at = step;
      var disk =
          new FaultyDisk(now -> {
            if (now == at) {
              throw new java.nio.file.FileSystemException(
                  "/pki/x", null, "No space left on device");
            }
          });
      var refused = false;
      try (var session = node.changes(disk).open()) {
        session.apply(node.plan());
      } catch (ChangeFailure e) {
        refused = true;
        assertThat(e.remedy()).contains("free some space there");
        node.assertEveryPairMatches();
        node.changes().settle();
        var version = node.settledVersion();
        assertThat(e.remedy().contains("nothing was changed")).isEqualTo(version.equals("old"));
      }
      if (!refused) {
        assertThat(node.settledVersion()).isEqualTo("new");
        assertThat(step).isGreaterThan(100);
        return;
      }
    }
  }

  @Test
  void a_restore_is_as_safe_as_the_change_it_takes_back() throws IOException {
    for (int step = 1; ; step++) {
      var node = node();
      try (var session = node.changes().open()) {
        session.apply(node.plan());
      }
      var at = step;
      var changes = node.changes(FaultyDisk.killedAt(at));
      var killed = false;
      try (var session = changes.open()) {
        session.apply(changes.restoring(changes.backups().getLast()));
      } catch (FaultyDisk.Kill e) {
        killed = true;
      }
      node.assertEveryPairMatches();
      if (!killed) {
        assertThat(node.settledVersion()).isEqualTo("old");
        return;
      }
      node.changes().open().close();
      node.settledVersion();
    }
  }

  @Test
  void the_walk_itself_sees_a_pair_that_does_not_match() throws IOException {
    var node = node();
    Files.writeString(node.root.resolve("pki/apiserver.key"), "other");

    assertThrows(AssertionError.class, node::assertEveryPairMatches);
  }
}
