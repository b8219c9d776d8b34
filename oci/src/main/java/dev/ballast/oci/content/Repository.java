package dev.ballast.oci.content;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.linux.file.FileLease;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.Json;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.ContentException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What one name of a store has: blobs, manifests, tags and referrers. */
public final class Repository {
  /** A claim is not written again for so long; far less than any grace period of collection. */
  private static final Duration CLAIMED = Duration.ofSeconds(30);

  private final ContentStore store;
  private final RepositoryName name;
  private final Path root;

  Repository(ContentStore store, RepositoryName name) {
    this.store = store;
    this.name = name;
    this.root = store.root().resolve("repositories").resolve(name.value());
  }

  /** A manifest that is here. */
  public record Stored(Digest digest, String mediaType) {}

  /** Whether a manifest may name content that the repository lacks. */
  public enum Completeness {
    /** As pushed by clients, which push content first. */
    WHOLE,
    /** An index may lack manifests: copies of another registry, and those who ask for it. */
    SPARSE,
    /** An image may lack blobs too, because they come when somebody asks. */
    LAZY
  }

  /** Returns its name. */
  public RepositoryName name() {
    return name;
  }

  Path blobLinks() {
    return root.resolve("_blobs");
  }

  Path manifestLinks() {
    return root.resolve("_manifests");
  }

  Path tagLinks() {
    return root.resolve("_tags");
  }

  Path referrerLinks() {
    return root.resolve("_referrers");
  }

  Path uploads() {
    return root.resolve("_uploads");
  }

  static Path of(Path directory, Digest digest) {
    return directory.resolve(digest.algorithm().text()).resolve(digest.hex());
  }

  /** Returns whether somebody has pushed to it. */
  public boolean exists() {
    return Files.isDirectory(blobLinks()) || Files.isDirectory(manifestLinks());
  }

  /** Returns whether it has a blob. */
  public boolean hasBlob(Digest digest) {
    return Files.exists(of(blobLinks(), digest)) && store.has(digest);
  }

  /**
   * Returns the size of a blob for somebody who may now leave out its push: collection keeps it for
   * its grace period.
   */
  public OptionalLong claimBlob(Digest digest) throws IOException {
    Path link = of(blobLinks(), digest);
    try {
      Instant claimed = Files.getLastModifiedTime(link).toInstant();
      if (claimed.isBefore(Instant.now().minus(CLAIMED)) && Files.isWritable(link)) {
        try (FileLease _ = store.writing()) {
          ContentStore.touch(link);
        }
      }
      return OptionalLong.of(Files.size(store.path(digest)));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  /** Gives it a blob of the store; false when that is not there. */
  public boolean linkBlob(Digest digest) throws IOException {
    Path link = of(blobLinks(), digest);
    makeParent(link);
    try (FileLease _ = store.writing()) {
      if (!store.has(digest)) {
        return false;
      }
      create(link);
      return true;
    }
  }

  private void create(Path link) throws IOException {
    try {
      if (!ContentStore.touch(link)) {
        makeParent(link);
        Files.createFile(link);
        DurableFile.sync(parent(link));
      }
    } catch (FileAlreadyExistsException e) {
      ContentStore.touch(link);
    } catch (IOException e) {
      throw ContentException.of(e, store.root().toString());
    }
  }

  private static Path parent(Path file) {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  private static void makeParent(Path file) throws IOException {
    DurableFile.makeDirectories(parent(file));
  }

  /** Takes a blob away from it; the content goes with the next collection. */
  public boolean unlinkBlob(Digest digest) throws IOException {
    try (FileLease _ = store.writing()) {
      return Files.deleteIfExists(of(blobLinks(), digest));
    }
  }

  /** Finds a manifest. */
  public Optional<Stored> manifest(Digest digest) throws IOException {
    try {
      String mediaType = Files.readString(of(manifestLinks(), digest), StandardCharsets.UTF_8);
      return store.has(digest) ? Optional.of(new Stored(digest, mediaType)) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Finds the manifest of a tag. */
  public Optional<Stored> manifest(Tag tag) throws IOException {
    Optional<Digest> digest = digest(tagLinks().resolve(tag.value()));
    return digest.isPresent() ? manifest(digest.get()) : Optional.empty();
  }

  private static Optional<Digest> digest(Path link) throws IOException {
    try {
      return Digest.tryParse(Files.readString(link, StandardCharsets.UTF_8).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Gives it a manifest and tags for it: content, then what it is about, then its name, then the
   * tags, so that nothing is found that is not whole.
   *
   * @throws ContentException when content that the manifest needs is missing
   */
  public void put(
      Digest digest, byte[] bytes, Manifest manifest, List<Tag> tags, Completeness completeness)
      throws IOException {
    try (Upload upload = store.write(digest.algorithm())) {
      upload.append(ByteBuffer.wrap(bytes));
      upload.finish(digest);
    }
    Path link = of(manifestLinks(), digest);
    makeParent(link);
    DurableFile.makeDirectories(tagLinks());
    try (FileLease _ = store.writing()) {
      if (!store.has(digest)) {
        throw new ContentException(Reason.BUSY, "the manifest was collected meanwhile; try again");
      }
      check(manifest, completeness);
      if (manifest.subject().isPresent()) {
        Descriptor self =
            new Descriptor(
                manifest.mediaType(),
                digest,
                bytes.length,
                manifest.artifactType(),
                dev.ballast.oci.Platform.NONE,
                manifest.annotations());
        Path referrer = of(of(referrerLinks(), manifest.subject().get().digest()), digest);
        makeParent(referrer);
        DurableFile.write(referrer, Json.bytes(self.toJson()));
      }
      DurableFile.write(link, manifest.mediaType().getBytes(StandardCharsets.UTF_8));
      for (Tag tag : tags) {
        DurableFile.write(
            tagLinks().resolve(tag.value()), digest.toString().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  private void check(Manifest manifest, Completeness completeness) throws ContentException {
    if (completeness == Completeness.LAZY) {
      return;
    }
    for (Descriptor blob : manifest.blobs()) {
      if (!hasBlob(blob.digest())) {
        throw missing("blob", blob.digest());
      }
      if (store.path(blob.digest()).toFile().length() != blob.size()) {
        throw new ContentException(
            Reason.MISMATCH,
            "the manifest states another size of " + blob.digest() + " than it has");
      }
    }
    if (completeness == Completeness.WHOLE) {
      for (Descriptor each : manifest.manifests()) {
        if (!Files.exists(of(manifestLinks(), each.digest()))) {
          throw missing("manifest", each.digest());
        }
      }
    }
  }

  private ContentException missing(String what, Digest digest) {
    return new ContentException(
        Reason.MISSING_BLOB, what + " unknown to the repository " + name + ": " + digest);
  }

  /** Removes a manifest and the tags that name it; false when it is not here. */
  public boolean delete(Digest digest) throws IOException {
    Path link = of(manifestLinks(), digest);
    if (!Files.exists(link)) {
      return false;
    }
    try (FileLease _ = store.writing()) {
      Optional<byte[]> bytes = store.read(digest, Manifest.LARGEST);
      for (Path tag : entries(tagLinks())) {
        if (digest(tag).filter(digest::equals).isPresent()) {
          Files.deleteIfExists(tag);
        }
      }
      boolean deleted = Files.deleteIfExists(link);
      if (bytes.isPresent()) {
        Optional<Descriptor> subject = Manifest.read(bytes.get(), "").subject();
        if (subject.isPresent()) {
          Files.deleteIfExists(of(of(referrerLinks(), subject.get().digest()), digest));
        }
      }
      return deleted;
    }
  }

  /** Removes a tag; false when it is not here. */
  public boolean delete(Tag tag) throws IOException {
    try (FileLease _ = store.writing()) {
      return Files.deleteIfExists(tagLinks().resolve(tag.value()));
    }
  }

  /** Returns its tags, sorted. */
  public List<Tag> tags() throws IOException {
    List<Tag> tags = new ArrayList<>();
    for (Path link : entries(tagLinks())) {
      Optional<Digest> digest = digest(link);
      // One that lost its manifest to somebody who deleted it at the same time is none.
      if (digest.isPresent() && Files.exists(of(manifestLinks(), digest.get()))) {
        Tag.tryParse(String.valueOf(link.getFileName())).ifPresent(tags::add);
      }
    }
    tags.sort((a, b) -> a.value().compareTo(b.value()));
    return tags;
  }

  /** Returns its manifests, sorted by digest. */
  public List<Stored> manifests() throws IOException {
    List<Stored> manifests = new ArrayList<>();
    for (Digest digest : digests(manifestLinks())) {
      manifest(digest).ifPresent(manifests::add);
    }
    manifests.sort((a, b) -> a.digest().compareTo(b.digest()));
    return manifests;
  }

  /** Returns the descriptors of manifests that are about another, which need not be here. */
  public List<ObjectNode> referrers(Digest subject) throws IOException {
    Map<Digest, ObjectNode> found = new TreeMap<>();
    Path directory = of(referrerLinks(), subject);
    for (Digest each : digests(directory)) {
      if (Files.exists(of(manifestLinks(), each))) {
        try {
          found.put(each, Json.read(Files.readAllBytes(of(directory, each))));
        } catch (NoSuchFileException e) {
          // Deleted meanwhile.
        }
      }
    }
    return List.copyOf(found.values());
  }

  /** Returns the digests that name the files of a directory. */
  static List<Digest> digests(Path directory) throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
      for (Path entry : entries(directory.resolve(algorithm.text()))) {
        Digest.tryParse(algorithm.text() + ":" + entry.getFileName()).ifPresent(digests::add);
      }
    }
    return digests;
  }

  static List<Path> entries(Path directory) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (NoSuchFileException e) {
      // Nothing there yet.
    }
    return entries;
  }
}
