package dev.ballast.certificates;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The disk of another machine, mounted in a directory. Its absolute symbolic links mean places on
 * that disk: followed as they are, they lead to the files of this machine.
 */
public final class MountedDisk {
  /** As many links as the kernel follows. */
  private static final int MAX_LINKS = 40;

  private static final Path ROOT = Path.of("/");

  private MountedDisk() {}

  /**
   * A path of that machine as this one reaches it, all links on the way followed; what is not there
   * stays as it is written.
   *
   * @param root where the disk is mounted; with {@code /} the path is left as it is
   * @param path absolute
   */
  public static Path inside(Path root, Path path) {
    if (root.equals(ROOT)) {
      return path;
    }
    var ahead = new ArrayDeque<Path>();
    path.forEach(ahead::add);
    var at = ROOT;
    for (int links = 0; !ahead.isEmpty(); ) {
      var next = at.resolve(ahead.pop()).normalize();
      var link = link(on(root, next));
      if (link == null || links++ == MAX_LINKS) {
        at = next;
        continue;
      }
      at = link.isAbsolute() ? ROOT : at;
      for (int i = link.getNameCount() - 1; i >= 0; i--) {
        ahead.push(link.getName(i));
      }
    }
    return on(root, at);
  }

  private static Path on(Path root, Path path) {
    return root.resolve(ROOT.relativize(path));
  }

  private static @Nullable Path link(Path path) {
    try {
      return Files.isSymbolicLink(path) ? Files.readSymbolicLink(path) : null;
    } catch (IOException e) {
      // Whoever opens it is told.
      return null;
    }
  }
}
