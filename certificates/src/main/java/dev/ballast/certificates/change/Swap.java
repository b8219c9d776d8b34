package dev.ballast.certificates.change;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes a group of staged files current in one instant.
 *
 * <p>A certificate and its key are two files, and no system call renames two. Renaming one after
 * the other leaves a moment in which they do not match, and a kill makes that moment last. So the
 * files are first replaced, one by one, by symbolic links that lead through {@code
 * .ballast-change/at} to the very same bytes; then one rename turns {@code at} from old to new,
 * which changes all of them at once; then the links are replaced, one by one, by the new files
 * themselves. Every step but the one in the middle changes no byte that a reader sees, so wherever
 * a kill falls, every pair on the disk matches.
 *
 * <p>What it cannot do: a reader that opens the certificate before the flip and the key after it
 * gets one of each, as with any two opens. Exchanging whole directories ({@code RENAME_EXCHANGE})
 * has the same gap and would in addition cut off containers, which have mounted the directory and
 * not its name; the links stay inside the directory and are followed there too.
 */
final class Swap {
  private final Disk disk;

  Swap(Disk disk) {
    this.disk = disk;
  }

  /** Puts links in the place of the files of a group; readers see no difference. */
  void redirect(Journal.Group group) throws IOException {
    for (var member : group.members()) {
      var link = member.staging().links().resolve(member.name());
      disk.symbolicLink(link, linkText(group, member));
      disk.rename(link, member.path());
    }
    syncDirectories(group);
  }

  /** Takes the links away again; what was there before is there again. */
  void undo(Journal.Group group) throws IOException {
    for (var member : group.members()) {
      if (!isRedirected(group, member)) {
        continue;
      }
      if (member.existed()) {
        disk.rename(member.staging().oldFiles().resolve(member.name()), member.path());
      } else {
        disk.delete(member.path());
      }
    }
    syncDirectories(group);
  }

  /** Makes the new files current; may be repeated after a kill at any step. */
  void finish(Journal.Group group) throws IOException {
    if (group.flips()) {
      var home = new Staging(group.home());
      if (Files.exists(home.atNew(), NOFOLLOW_LINKS)) {
        disk.rename(home.atNew(), home.at());
        disk.sync(home.area());
      }
    }
    for (var member : group.members()) {
      settle(group, member);
    }
    syncDirectories(group);
  }

  private void settle(Journal.Group group, Journal.Member member) throws IOException {
    switch (member.kind()) {
      case PUT, LINK -> {
        var staged = member.staging().newFiles().resolve(member.name());
        if (Files.exists(staged, NOFOLLOW_LINKS)) {
          disk.rename(staged, member.path());
        }
      }
      case DELETE -> {
        if (!group.flips() || isRedirected(group, member)) {
          disk.delete(member.path());
        }
      }
    }
  }

  private void syncDirectories(Journal.Group group) throws IOException {
    var directories = new LinkedHashSet<Path>();
    group.members().forEach(member -> directories.add(member.directory()));
    for (var directory : directories) {
      if (Files.isDirectory(directory)) {
        disk.sync(directory);
      }
    }
  }

  private static boolean isRedirected(Journal.Group group, Journal.Member member)
      throws IOException {
    return Files.isSymbolicLink(member.path())
        && Files.readSymbolicLink(member.path()).equals(linkText(group, member));
  }

  /**
   * Relative, so that a container which mounts the home directory follows the link too, and a disk
   * may be mounted elsewhere when the change is settled.
   */
  private static Path linkText(Journal.Group group, Journal.Member member) {
    var index = group.stagingAreas().indexOf(member.staging().area());
    if (index == 0) {
      return Path.of(Staging.NAME, "at", member.name());
    }
    var home = member.directory().relativize(group.home());
    return home.resolve("at").resolve(Staging.away(index)).resolve(member.name());
  }

  /** Removes the hidden directories, in an order that a kill may cut anywhere. */
  void clean(Set<Path> areas) throws IOException {
    for (var area : areas) {
      if (!Files.exists(area, NOFOLLOW_LINKS)) {
        continue;
      }
      var staging = new Staging(area);
      for (var part : List.of(staging.links(), staging.newFiles(), staging.oldFiles())) {
        removeEntries(part);
        disk.delete(part);
      }
      disk.delete(staging.atNew());
      disk.delete(staging.at());
      disk.delete(area);
      disk.sync(area.resolveSibling(""));
    }
  }

  private void removeEntries(Path directory) throws IOException {
    if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
      return;
    }
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        disk.delete(entry);
      }
    }
  }
}
