package dev.ballast.oci.content;

import dev.ballast.linux.file.FileLease;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.RepositoryName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A directory of content and of the repositories that name it.
 *
 * <pre>
 * blobs/ALGORITHM/XX/HEX                      content, whole and verified
 * repositories/NAME/_blobs/ALGORITHM/HEX      the repository has this blob
 * repositories/NAME/_manifests/ALGORITHM/HEX  and this manifest; the file has its media type
 * repositories/NAME/_tags/TAG                 the file has a digest
 * repositories/NAME/_referrers/…              what is about a manifest
 * repositories/NAME/_uploads/ID               what can be resumed
 * incoming/                                   what cannot
 * </pre>
 *
 * <p>Content is there before a name for it, and goes after all names for it: whatever is cut short
 * leaves at most content without a name, which {@link Collection} removes. Threads and processes:
 * any number.
 */
public final class ContentStore {
  private final Path root;
  private final StoreLock lock;
  private final Quota quota;

  private ContentStore(Path root, Quota quota) {
    this.root = root;
    this.lock = new StoreLock(root);
    this.quota = quota;
  }

  /** Opens a directory, and makes it when it is missing. */
  public static ContentStore open(Path root) throws IOException {
    return open(root, Quota.NONE);
  }

  /**
   * Opens a directory with a limit.
   *
   * @param limit how many bytes of content it may have
   */
  public static ContentStore open(Path root, long limit) throws IOException {
    Path whole = root.toAbsolutePath().normalize();
    if (Files.exists(whole) && !Files.isDirectory(whole)) {
      throw new NotDirectoryException(whole.toString());
    }
    for (String each : List.of("blobs", "repositories", "incoming")) {
      DurableFile.makeDirectories(whole.resolve(each));
    }
    return new ContentStore(whole, new Quota(whole, limit));
  }

  Path root() {
    return root;
  }

  Quota quota() {
    return quota;
  }

  /** Keeps collection out while it is held. */
  FileLease writing() throws IOException {
    return lock.share();
  }

  FileLease collecting() throws IOException {
    return lock.take();
  }

  /** Returns where content of this digest is, or would be. */
  public Path path(Digest digest) {
    return root.resolve("blobs")
        .resolve(digest.algorithm().text())
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex());
  }

  /** Returns whether it has content. */
  public boolean has(Digest digest) {
    return Files.isRegularFile(path(digest));
  }

  /** Opens content; what was opened stays whole, also when it is collected meanwhile. */
  public Optional<FileChannel> find(Digest digest) throws IOException {
    try {
      return Optional.of(FileChannel.open(path(digest), StandardOpenOption.READ));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Returns content of no more than {@code most} bytes. */
  public Optional<byte[]> read(Digest digest, int most) throws IOException {
    try {
      if (Files.size(path(digest)) > most) {
        throw new IOException(digest + " is larger than " + most + " bytes");
      }
      return Optional.of(Files.readAllBytes(path(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Begins to write content. */
  public Upload write(DigestAlgorithm algorithm) throws IOException {
    return Upload.begin(
        this, root.resolve("incoming").resolve(UUID.randomUUID().toString()), algorithm);
  }

  /**
   * Makes a verified file content.
   *
   * @return false when that was there already; then the file is still there too
   */
  boolean keep(Path file, FileChannel channel, Digest digest) throws IOException {
    Path target = path(digest);
    // Before the lock: a disk may take its time.
    boolean synced = !Files.exists(target);
    if (synced) {
      channel.force(true);
      DurableFile.makeDirectories(Optional.ofNullable(target.getParent()).orElseThrow());
    }
    try (FileLease _ = writing()) {
      if (touch(target)) {
        return false;
      }
      if (!synced) {
        channel.force(true);
      }
      DurableFile.rename(file, target);
      touch(target);
      return true;
    }
  }

  /** Makes a file young, so that collection leaves it alone; false when it is not there. */
  static boolean touch(Path file) throws IOException {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Returns a repository, which may not exist yet. */
  public Repository repository(RepositoryName name) {
    return new Repository(this, name);
  }

  /** Returns the names of all repositories, sorted. */
  public List<RepositoryName> repositoryNames() throws IOException {
    List<RepositoryName> names = new ArrayList<>();
    collect(root.resolve("repositories"), "", names);
    names.sort(null);
    return names;
  }

  private static void collect(Path directory, String prefix, List<RepositoryName> names)
      throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      boolean used = false;
      for (Path entry : entries) {
        String leaf = String.valueOf(entry.getFileName());
        if (leaf.equals("_manifests") || leaf.equals("_blobs")) {
          used = true;
        } else if (!leaf.startsWith("_") && !leaf.startsWith(".")) {
          collect(entry, prefix.isEmpty() ? leaf : prefix + "/" + leaf, names);
        }
      }
      if (used) {
        RepositoryName.tryParse(prefix).ifPresent(names::add);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Gone meanwhile, or nothing of ours.
    }
  }
}
