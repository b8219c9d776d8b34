package dev.ballast.objects;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.AtomicRename;
import dev.ballast.linux.file.FileSystemSync;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Replaces files so that a reader, or a crash, sees the old one or the new one. */
final class WholeFile {
  /** From so many on, writing out the whole file system costs less than each file by itself. */
  private static final int SYNC_TOGETHER = 8;

  /** What a file is worth after a power cut. */
  enum Durability {
    /** It is on the disk when the call returns. */
    DURABLE,
    /** The old one, the new one or none may be there. */
    BRIEF
  }

  private WholeFile() {}

  /**
   * Makes a directory inside one that must be there: a directory of manifests that was moved away
   * is not made again, or it would come back without them.
   */
  static void makeBeside(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  static void replace(Path file, byte[] bytes, Durability durability) throws IOException {
    Path next = beside(file);
    try {
      write(next, bytes, durability == Durability.DURABLE);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(next);
      throw e;
    }
  }

  /**
   * Replaces files of one directory; all are on the disk when it returns.
   *
   * @return what could not be written, by file
   */
  static Map<Path, IOException> replaceAll(Path directory, Map<Path, byte[]> files) {
    Map<Path, IOException> failed = new LinkedHashMap<>();
    Map<Path, Path> written = new LinkedHashMap<>();
    boolean together = files.size() >= SYNC_TOGETHER;
    files.forEach((file, bytes) -> {
      Path next = beside(file);
      try {
        write(next, bytes, !together);
        written.put(file, next);
      } catch (IOException e) {
        failed.put(file, e);
        discard(next);
      }
    });
    if (together && !written.isEmpty()) {
      try {
        FileSystemSync.of(directory);
      } catch (LinuxException e) {
        written.forEach((file, next) -> {
          failed.put(file, new IOException(e.getMessage(), e));
          discard(next);
        });
        return failed;
      }
    }
    written.forEach((file, next) -> {
      try {
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        failed.put(file, e);
        discard(next);
      }
    });
    try {
      AtomicRename.syncDirectory(directory);
    } catch (LinuxException e) {
      written.keySet().forEach(file -> failed.put(file, new IOException(e.getMessage(), e)));
    }
    return failed;
  }

  private static Path beside(Path file) {
    return file.resolveSibling("." + file.getFileName() + "." + ProcessHandle.current().pid());
  }

  private static void discard(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // A hidden file that stays harms nothing.
    }
  }

  /** Status is for everybody to read, as the manifests are; secrets are not in it. */
  private static void write(Path file, byte[] bytes, boolean sync) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      drain(channel, bytes, sync);
    }
  }

  /** Replaces a file that its owner alone may read. */
  static void replacePrivate(Path file, byte[] bytes) throws IOException {
    Path next = beside(file);
    try {
      Files.deleteIfExists(next);
      try (FileChannel channel =
          FileChannel.open(
              next,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        drain(channel, bytes, true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(next);
      throw e;
    }
  }

  private static void drain(FileChannel channel, byte[] bytes, boolean sync) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
    if (sync) {
      channel.force(true);
    }
  }
}
