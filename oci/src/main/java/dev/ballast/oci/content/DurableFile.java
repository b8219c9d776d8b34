package dev.ballast.oci.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;

/** Replaces files whole: written beside, synced, renamed. */
final class DurableFile {
  /** Begins the names of files that are being written; no tag, digest or component begins so. */
  static final String BESIDE = ".new-";

  private DurableFile() {}

  static void write(Path file, byte[] bytes) throws IOException {
    Path directory = directory(file);
    Path beside = directory.resolve(BESIDE + UUID.randomUUID());
    try {
      try (FileChannel channel =
          FileChannel.open(
              beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      rename(beside, file);
    } catch (IOException e) {
      Files.deleteIfExists(beside);
      throw ContentException.of(e, directory.toString());
    }
  }

  /** Renames a file that was synced, and makes that last. */
  static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("a store must lie on one file system: " + to, e);
    }
    sync(directory(to));
  }

  /** Makes what was created and removed in a directory last. */
  static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Makes a directory, and those above it, and makes that last. */
  static void makeDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path above = directory(directory);
    makeDirectories(above);
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw ContentException.of(e, above.toString());
    }
    sync(above);
  }

  private static Path directory(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IllegalArgumentException("a file has a directory: " + file);
    }
    return directory;
  }
}
