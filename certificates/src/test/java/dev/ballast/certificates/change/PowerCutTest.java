package dev.ballast.certificates.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes after every step of a change. What a journaling file system then has on the disk
 * is modelled: its operations on names up to some moment since the last sync, in their order, and
 * the bytes of those files that were synced; a file that was not is there and empty.
 */
@DisplayNameGeneration(ReplaceUnderscores.class)
class PowerCutTest {
  @TempDir(factory = InMemory.class)
  Path temp;

  private int trees;

  /** A step, to be done again in another tree. */
  private record Step(Kind kind, Path path, Action action) {}

  private enum Kind {
    NAMES,
    BYTES,
    SYNC
  }

  private interface Action {
    void in(Disk disk, Path root) throws IOException;
  }

  @Test
  void every_pair_matches_and_the_next_start_settles_it() throws IOException {
    var node = node();
    var steps = record(node);
    var outcomes = new HashSet<String>();
    for (int cut = 0; cut <= steps.size(); cut++) {
      for (int names = lastSync(steps, cut); names <= cut; names++) {
        var after = replay(steps, cut, names);
        after.assertEveryPairMatches();
        after.changes().open().close();
        outcomes.add(after.settledVersion());
      }
    }
    assertThat(steps).hasSizeGreaterThan(100);
    assertThat(outcomes).isEqualTo(Set.of("old", "new"));
  }

  @Test
  void what_was_said_to_be_done_outlasts_the_power_cut() throws IOException {
    var steps = record(node());

    for (int names = lastSync(steps, steps.size()); names <= steps.size(); names++) {
      var after = replay(steps, steps.size(), names);
      after.changes().open().close();
      assertThat(after.settledVersion()).isEqualTo("new");
    }
  }

  private Node node() throws IOException {
    return Node.create(Files.createDirectory(temp.resolve("n" + trees++)));
  }

  private static List<Step> record(Node node) throws IOException {
    var disk = new Recording(node.root.toRealPath());
    try (var session = node.changes(disk).open()) {
      session.apply(node.plan());
    }
    return disk.steps;
  }

  /** Every sync makes the file system write down all names that changed before it. */
  private static int lastSync(List<Step> steps, int cut) {
    for (int i = cut - 1; i >= 0; i--) {
      if (steps.get(i).kind() == Kind.SYNC) {
        return i + 1;
      }
    }
    return 0;
  }

  private Node replay(List<Step> steps, int cut, int names) throws IOException {
    var node = node();
    var root = node.root.toRealPath();
    var disk = new RealDisk();
    for (int i = 0; i < names; i++) {
      var step = steps.get(i);
      var lost = step.kind() == Kind.BYTES && !isSynced(steps, i, cut);
      if (!lost && step.kind() != Kind.SYNC) {
        step.action().in(disk, root);
      }
    }
    // The lock is gone with the machine, and its file may stay.
    return node;
  }

  private static boolean isSynced(List<Step> steps, int written, int cut) {
    return steps.subList(written, cut).stream()
        .anyMatch(
            step -> step.kind() == Kind.SYNC && step.path().equals(steps.get(written).path()));
  }

  /** Does every step, and remembers it by paths below the root. */
  private static final class Recording implements Disk {
    private final Path root;
    private final Disk real = new RealDisk();
    private final List<Step> steps = new ArrayList<>();

    Recording(Path root) {
      this.root = root;
    }

    private void step(Kind kind, Path path, Action action) throws IOException {
      action.in(real, root);
      steps.add(new Step(kind, path, action));
    }

    private Path below(Path path) {
      return root.relativize(path);
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
      var at = below(directory);
      step(Kind.NAMES, at, (disk, in) -> disk.createDirectory(in.resolve(at)));
    }

    @Override
    public void createFile(Path file) throws IOException {
      var at = below(file);
      step(Kind.NAMES, at, (disk, in) -> disk.createFile(in.resolve(at)));
    }

    @Override
    public void append(Path file, byte[] bytes) throws IOException {
      var at = below(file);
      step(Kind.BYTES, at, (disk, in) -> disk.append(in.resolve(at), bytes));
    }

    @Override
    public void sync(Path fileOrDirectory) throws IOException {
      var at = below(fileOrDirectory);
      step(Kind.SYNC, at, (disk, in) -> disk.sync(in.resolve(at)));
    }

    @Override
    public void setAttributes(Path path, Attributes attributes) throws IOException {
      var at = below(path);
      step(Kind.NAMES, at, (disk, in) -> disk.setAttributes(in.resolve(at), attributes));
    }

    @Override
    public void link(Path existing, Path second) throws IOException {
      var from = below(existing);
      var to = below(second);
      step(Kind.NAMES, to, (disk, in) -> disk.link(in.resolve(from), in.resolve(to)));
    }

    @Override
    public void symbolicLink(Path link, Path target) throws IOException {
      var at = below(link);
      step(Kind.NAMES, at, (disk, in) -> disk.symbolicLink(in.resolve(at), target));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      var source = below(from);
      var target = below(to);
      step(Kind.NAMES, target, (disk, in) -> disk.rename(in.resolve(source), in.resolve(target)));
    }

    @Override
    public void delete(Path path) throws IOException {
      var at = below(path);
      step(Kind.NAMES, at, (disk, in) -> disk.delete(in.resolve(at)));
    }
  }
}
