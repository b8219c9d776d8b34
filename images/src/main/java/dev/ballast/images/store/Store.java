package dev.ballast.images.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory of blobs and layers. Several processes may use it at once: what is made is made
 * beside and renamed, so that a name is there in whole or not at all.
 */
public final class Store {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;

  private Store(Path root) {
    this.root = root;
  }

  /** Opens or makes one, and removes what killed builds left. */
  public static Store open(Path root) throws IOException {
    Store store = new Store(root.toAbsolutePath());
    for (String each : List.of("blobs/sha256", "l", "making", "cache")) {
      Files.createDirectories(store.root.resolve(each));
    }
    store.sweep();
    return store;
  }

  public Path root() {
    return root;
  }

  /** A place to make something in; another process that lives does not take it away. */
  public final class Making implements AutoCloseable {
    private final Path directory;
    private final FileChannel channel;
    private final FileLock lock;

    private Making() throws IOException {
      directory = root.resolve("making").resolve(UUID.randomUUID().toString().substring(0, 18));
      Path file = root.resolve("making").resolve(directory.getFileName() + ".lock");
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      lock = channel.lock();
      Files.createDirectory(directory);
    }

    public Path directory() {
      return directory;
    }

    @Override
    public void close() throws IOException {
      removeTree(directory);
      lock.release();
      channel.close();
      Files.deleteIfExists(root.resolve("making").resolve(directory.getFileName() + ".lock"));
    }
  }

  /** Returns a fresh place to work in. */
  public Making making() throws IOException {
    return new Making();
  }

  private void sweep() throws IOException {
    try (Stream<Path> locks = Files.list(root.resolve("making"))) {
      for (Path file : locks.filter(each -> each.toString().endsWith(".lock")).toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          FileLock lock = channel.tryLock();
          if (lock != null) {
            String name = String.valueOf(file.getFileName());
            removeTree(file.resolveSibling(name.substring(0, name.length() - ".lock".length())));
            Files.deleteIfExists(file);
          }
        } catch (java.nio.channels.OverlappingFileLockException
            | java.nio.file.NoSuchFileException e) {
          // It is alive, or its owner was faster.
        }
      }
    }
  }

  /** Returns the directory of a finished layer. */
  public Optional<Path> layer(String key) {
    Path at = root.resolve("l").resolve(key);
    return Files.isDirectory(at) ? Optional.of(at) : Optional.empty();
  }

  /**
   * Makes a finished directory the layer of a key, unless another build was faster.
   *
   * @param made has {@code diff} and {@code layer.json}
   */
  public Path keep(String key, Path made) throws IOException {
    Path at = root.resolve("l").resolve(key);
    try {
      Files.move(made, at, StandardCopyOption.ATOMIC_MOVE);
    } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
      if (!Files.isDirectory(at)) {
        throw e;
      }
    }
    return at;
  }

  /** Reads what is known about a layer. */
  public ObjectNode about(Path layer) throws IOException {
    return (ObjectNode) JSON.readTree(layer.resolve("layer.json").toFile());
  }

  /** Replaces what is known about a layer. */
  public void write(Path layer, JsonNode about) throws IOException {
    Path next = layer.resolve("layer.json." + UUID.randomUUID());
    Files.write(next, JSON.writeValueAsBytes(about));
    Files.move(next, layer.resolve("layer.json"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns where a blob is or would be. */
  public Path blob(String digest) {
    return root.resolve("blobs").resolve("sha256").resolve(digest.substring("sha256:".length()));
  }

  public boolean has(String digest) {
    return Files.exists(blob(digest));
  }

  /** Keeps bytes. */
  public Descriptor put(String mediaType, byte[] bytes) throws IOException {
    String digest = Digests.of(bytes);
    if (!has(digest)) {
      Path next = root.resolve("making").resolve("blob-" + UUID.randomUUID());
      Files.write(next, bytes);
      Files.move(next, blob(digest), StandardCopyOption.ATOMIC_MOVE);
    }
    return new Descriptor(mediaType, digest, bytes.length);
  }

  /** Keeps a finished file, by moving it here. */
  public void put(String digest, Path file) throws IOException {
    Files.move(file, blob(digest), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Keeps a stream whose digest and size are known, and refuses any other content. */
  public void put(Descriptor expected, InputStream in) throws IOException {
    if (has(expected.digest())) {
      return;
    }
    Path next = root.resolve("making").resolve("blob-" + UUID.randomUUID());
    try {
      MessageDigest digest = Digests.sha256();
      long size;
      try (InputStream counted = new DigestInputStream(in, digest);
          OutputStream out = Files.newOutputStream(next)) {
        size = counted.transferTo(out);
      }
      String found = Digests.text(digest.digest());
      if (!found.equals(expected.digest()) || (expected.size() > 0 && size != expected.size())) {
        throw new IOException(
            "content of %s is %s with %d bytes, not %d: the source is damaged or not what it says"
                .formatted(expected.digest(), found, size, expected.size()));
      }
      put(expected.digest(), next);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /** Removes a directory with all in it; follows no links. */
  public static void removeTree(Path directory) throws IOException {
    if (!Files.exists(directory, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
