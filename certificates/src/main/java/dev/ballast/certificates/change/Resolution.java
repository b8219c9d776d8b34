package dev.ballast.certificates.change;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds out where each change really goes, and refuses what cannot be made before it is begun. */
final class Resolution {
  /** As many links as the kernel follows. */
  private static final int MAX_LINKS = 40;

  /** For directories, links and the journal, beside the bytes themselves. */
  private static final long OVERHEAD = 256L << 10;

  private final Disk disk;
  private final Path within;

  /**
   * @param within what leads out of this directory is refused
   */
  Resolution(Disk disk, Path within) {
    this.disk = disk;
    this.within = within;
  }

  /** The targets of the changes that change something, in the order of the plan. */
  List<Staged.Target> resolve(Plan plan) throws IOException {
    var targets = new ArrayList<Staged.Target>();
    var seen = new HashSet<Path>();
    var needed = new HashMap<Path, Long>();
    for (var change : plan.changes()) {
      var target = resolve(change);
      if (isAlreadySo(target)) {
        continue;
      }
      if (!seen.add(target.member().path())) {
        throw new ChangeFailure(
            change.path() + " and another file of the plan are the same file by a symbolic link",
            "make it a file of its own; nothing was changed");
      }
      targets.add(target);
      if (change instanceof FileChange.Put put) {
        needed.merge(target.member().directory(), (long) put.content().size(), Long::sum);
      }
    }
    requireSpace(needed);
    return targets;
  }

  private Staged.Target resolve(FileChange change) throws IOException {
    var path = change instanceof FileChange.Link ? byParent(change.path()) : real(change.path());
    var area = path.resolveSibling(Staging.NAME);
    if (Staged.isLeftOver(area)) {
      throw new ChangeFailure(
          area + " is there: a change with another state directory was cut short",
          "run ballast certs with that change's --kubeconfig-dir again; nothing was changed");
    }
    var before = attributes(path);
    if (before.isPresent() && Files.isDirectory(path, NOFOLLOW_LINKS)) {
      throw new ChangeFailure(
          path + " is a directory and not a file", "move it away; nothing was changed");
    }
    var kind =
        switch (change) {
          case FileChange.Put _ -> Journal.Kind.PUT;
          case FileChange.Delete _ -> Journal.Kind.DELETE;
          case FileChange.Link _ -> Journal.Kind.LINK;
        };
    return new Staged.Target(change, new Journal.Member(path, kind, before.isPresent()), before);
  }

  private static Optional<Attributes> attributes(Path path) throws IOException {
    return Files.exists(path, NOFOLLOW_LINKS)
        ? Optional.of(Attributes.read(path))
        : Optional.empty();
  }

  private static boolean isAlreadySo(Staged.Target target) throws IOException {
    var path = target.member().path();
    return switch (target.change()) {
      case FileChange.Delete _ -> target.before().isEmpty();
      case FileChange.Link link ->
          Files.isSymbolicLink(path) && Files.readSymbolicLink(path).equals(link.target());
      case FileChange.Put put -> {
        if (target.before().isEmpty() || Files.size(path) != put.content().size()) {
          yield false;
        }
        var mode = target.before().get().mode();
        yield put.access().repaired(mode) == mode
            && Content.of(Files.readAllBytes(path)).equals(put.content());
      }
    };
  }

  /** Follows links, also to a file that is not there; the links themselves stay. */
  private Path real(Path path) throws IOException {
    var at = path;
    for (int i = 0; i <= MAX_LINKS; i++) {
      at = byParent(at);
      if (!Files.isSymbolicLink(at)) {
        return at;
      }
      at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
      requireWithin(path, at);
    }
    throw new ChangeFailure(
        path + " is a symbolic link that leads in a circle",
        "let it lead to a file; nothing was changed");
  }

  private void requireWithin(Path path, Path at) throws IOException {
    if (!at.startsWith(within.toRealPath())) {
      throw new ChangeFailure(
          path + " is a symbolic link that leads out of " + within + ", to " + at,
          "on the mounted disk of another machine let it lead to a place on that disk; nothing was"
              + " changed");
    }
  }

  /** The path with its directories resolved; missing directories are created as kubeadm's are. */
  private Path byParent(Path path) throws IOException {
    var parent = path.resolveSibling("");
    createMissing(parent);
    return parent.toRealPath().resolve(path.getFileName());
  }

  private void createMissing(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (Files.exists(directory, NOFOLLOW_LINKS)) {
      throw new ChangeFailure(
          directory + " is not a directory", "move it away; nothing was changed");
    }
    var above = directory.resolveSibling("");
    createMissing(above);
    disk.createDirectory(directory);
    var owner = Attributes.read(above);
    disk.setAttributes(directory, new Attributes(0755, owner.uid(), owner.gid()));
    disk.sync(above);
  }

  private static void requireSpace(Map<Path, Long> needed) throws IOException {
    for (var entry : needed.entrySet()) {
      var usable = Files.getFileStore(entry.getKey()).getUsableSpace();
      if (usable < entry.getValue() + OVERHEAD) {
        throw new ChangeFailure(
            "not enough space in "
                + entry.getKey()
                + ": usable="
                + usable
                + " needed="
                + (entry.getValue() + OVERHEAD),
            "free some space there; nothing was changed");
      }
    }
  }
}
