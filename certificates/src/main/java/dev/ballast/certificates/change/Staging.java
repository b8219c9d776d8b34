package dev.ballast.certificates.change;

import java.nio.file.Path;

/**
 * The hidden directory beside changed files, on their own file system and inside the directory that
 * a container may have mounted:
 *
 * <pre>
 * .ballast-change/old/NAME   the file as it was (a hard link)
 * .ballast-change/new/NAME   the file as it shall be
 * .ballast-change/at         a symbolic link to old, later to new: renaming at-new over it is the flip
 * .ballast-change/links/     symbolic links on their way to the directory above
 * </pre>
 */
record Staging(Path area) {
  static final String NAME = ".ballast-change";
  static final String OLD = "old";
  static final String NEW = "new";

  Path oldFiles() {
    return area.resolve(OLD);
  }

  Path newFiles() {
    return area.resolve(NEW);
  }

  Path links() {
    return area.resolve("links");
  }

  Path at() {
    return area.resolve("at");
  }

  Path atNew() {
    return area.resolve("at-new");
  }

  /** The name under which the home of a group reaches the area of another directory. */
  static String away(int index) {
    return ".away-" + index;
  }
}
