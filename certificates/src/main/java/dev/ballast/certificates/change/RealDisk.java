package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** The disk of this machine. */
final class RealDisk implements Disk {
  @Override
  public void createDirectory(Path directory) throws IOException {
    Files.createDirectory(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  @Override
  public void createFile(Path file) throws IOException {
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    FileChannel.open(file, options, mode).close();
  }

  @Override
  public void append(Path file, byte[] bytes) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw named(file, e);
    }
  }

  /** A refusal of an open file does not say which one it was. */
  static IOException named(Path file, IOException e) {
    if (e instanceof FileSystemException) {
      return e;
    }
    var named = new FileSystemException(file.toString(), null, e.getMessage());
    named.initCause(e);
    return named;
  }

  @Override
  public void sync(Path fileOrDirectory) throws IOException {
    try (var channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw named(fileOrDirectory, e);
    }
  }

  @Override
  public void setAttributes(Path path, Attributes wanted) throws IOException {
    var now = Attributes.read(path);
    // Owner first: changing the owner may clear mode bits. Each only when it differs, so that a
    // user without root can change files of its own.
    if (now.gid() != wanted.gid()) {
      Files.setAttribute(path, "unix:gid", wanted.gid(), LinkOption.NOFOLLOW_LINKS);
    }
    if (now.uid() != wanted.uid()) {
      Files.setAttribute(path, "unix:uid", wanted.uid(), LinkOption.NOFOLLOW_LINKS);
    }
    if (now.mode() != wanted.mode()) {
      Files.setAttribute(path, "unix:mode", wanted.mode());
    }
  }

  @Override
  public void link(Path existing, Path second) throws IOException {
    try {
      Files.createLink(second, existing);
    } catch (UnsupportedOperationException | java.nio.file.FileSystemException e) {
      Files.copy(existing, second, StandardCopyOption.COPY_ATTRIBUTES);
      sync(second);
    }
  }

  @Override
  public void symbolicLink(Path link, Path target) throws IOException {
    Files.createSymbolicLink(link, target);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }
}
