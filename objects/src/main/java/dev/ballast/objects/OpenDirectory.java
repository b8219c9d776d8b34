package dev.ballast.objects;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A directory held open, so that what is read is of one directory even when it is moved away, or
 * another takes its name, meanwhile: files that left with it must not look deleted. One thread at a
 * time.
 */
final class OpenDirectory implements Closeable {
  private final SecureDirectoryStream<Path> directory;

  private OpenDirectory(SecureDirectoryStream<Path> directory) {
    this.directory = directory;
  }

  @SuppressWarnings("StreamResourceLeak") // close() closes it
  static OpenDirectory open(Path path) throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(path);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return new OpenDirectory(secure);
    }
    stream.close();
    throw new IOException("its file system cannot read files of an open directory");
  }

  /** One inside it, if there is one. */
  Optional<OpenDirectory> directory(String name) throws IOException {
    try {
      return Optional.of(new OpenDirectory(directory.newDirectoryStream(Path.of(name))));
    } catch (NoSuchFileException | NotDirectoryException _) {
      return Optional.empty();
    }
  }

  /** The names in it, in no order. Once. */
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try {
      directory.forEach(path -> names.add(path.getFileName().toString()));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** Tells it from another directory of the same name. */
  Optional<Object> identity() throws IOException {
    return Optional.ofNullable(
        directory.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey());
  }

  BasicFileAttributes attributes(String name) throws IOException {
    return directory
        .getFileAttributeView(Path.of(name), BasicFileAttributeView.class)
        .readAttributes();
  }

  /**
   * Reads a whole file.
   *
   * @param most bytes that it may have
   * @throws IOException also when it has more
   */
  byte[] read(String name, int most) throws IOException {
    try (SeekableByteChannel channel =
        directory.newByteChannel(Path.of(name), Set.of(StandardOpenOption.READ))) {
      long size = channel.size();
      if (size > most) {
        throw new IOException("the file has more than " + most + " bytes");
      }
      // One more, to see that it did not grow.
      ByteBuffer bytes = ByteBuffer.allocate((int) size + 1);
      while (channel.read(bytes) > 0) {
        // Until its end, or it is full.
      }
      if (!bytes.hasRemaining()) {
        throw new IOException("the file grows while it is read");
      }
      byte[] read = new byte[bytes.position()];
      bytes.get(0, read);
      return read;
    }
  }

  /**
   * Reads a whole file of text.
   *
   * @throws CharacterCodingException if it is not UTF-8
   */
  String readString(String name, int most) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(read(name, most))).toString();
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
