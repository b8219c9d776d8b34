package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The steps by which a change touches the disk. Each is one that a kill can come before or after,
 * so that a test can put the kill there.
 */
interface Disk {
  /** Creates an empty directory that only its owner can enter. */
  void createDirectory(Path directory) throws IOException;

  /** Creates an empty file, 0600; there must be none. */
  void createFile(Path file) throws IOException;

  void append(Path file, byte[] bytes) throws IOException;

  /** Makes the bytes of a file, or the names in a directory, outlast a power cut. */
  void sync(Path fileOrDirectory) throws IOException;

  void setAttributes(Path path, Attributes attributes) throws IOException;

  /** Gives a file a second name; a file system without such names gets a copy. */
  void link(Path existing, Path second) throws IOException;

  void symbolicLink(Path link, Path target) throws IOException;

  /** Renames over whatever is there, in one instant. */
  void rename(Path from, Path to) throws IOException;

  /** Removes a file, a link or an empty directory, if it is there. */
  void delete(Path path) throws IOException;
}
