package dev.ballast.pki;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Reads the files of a PKI with a limit, and replaces them whole. */
public final class PkiFiles {
  /** rw-------: keys and kubeconfigs. */
  public static final String SECRET = "rw-------";

  /** rw-r--r--: certificates. */
  public static final String PUBLIC = "rw-r--r--";

  /** A bundle of all public CAs has 250 kB; a file past this limit is not one of a PKI. */
  private static final int LIMIT = 4 << 20;

  private PkiFiles() {}

  /**
   * The bytes of a file.
   *
   * @throws PkiFailure when it is missing, unreadable, no file or larger than 4 MiB
   */
  public static byte[] read(Path file) {
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class).isOther()) {
        throw new PkiFailure(
            file + " is a pipe, a socket or a device", "move it away; a file belongs there");
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    return readNamed(file);
  }

  /**
   * As {@link #read(Path)}, of what somebody has named himself: that may be a pipe from another
   * command.
   */
  public static byte[] readNamed(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LIMIT + 1);
      if (bytes.length > LIMIT) {
        throw new PkiFailure(
            file + " is larger than 4 MiB", "put the right file there; it holds no key material");
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static PkiFailure unreadable(Path file, IOException e) {
    return switch (e) {
      case NoSuchFileException _ ->
          new PkiFailure(
              file + ": no such file or directory",
              Files.isSymbolicLink(file)
                  ? "the symbolic link there points nowhere; bring its target back"
                  : "check the path, or bring it back from a backup",
              e);
      case AccessDeniedException _ ->
          new PkiFailure("cannot read " + file + ": permission denied", "run as root", e);
      default ->
          new PkiFailure(
              "cannot read " + file + ": " + reason(e),
              Files.isDirectory(file)
                  ? "there is a directory where a file belongs; move it away"
                  : "look at the file and its disk",
              e);
    };
  }

  /** What the kernel said about a file, without the file's name. */
  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e instanceof FileSystemException f && f.getReason() != null
        ? f.getReason()
        : String.valueOf(e.getMessage());
  }

  /**
   * Makes a file hold these bytes, all of them or none: written beside, forced to the disk,
   * renamed. A symbolic link is followed and kept.
   *
   * @param mode as {@code rw-------}; the file has it from its first byte
   * @throws IOException when it cannot be written; the old file is then as it was
   */
  public static void replace(Path file, byte[] bytes, String mode) throws IOException {
    Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file.toAbsolutePath();
    Path beside =
        target.resolveSibling(
            "."
                + target.getFileName()
                + "."
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    var permissions = PosixFilePermissions.fromString(mode);
    try {
      try (var channel =
          FileChannel.open(
              beside,
              Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              PosixFilePermissions.asFileAttribute(permissions))) {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        // The umask may have taken bits away.
        Files.setPosixFilePermissions(beside, permissions);
        channel.force(true);
      }
      Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(target);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private static void syncDirectory(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
