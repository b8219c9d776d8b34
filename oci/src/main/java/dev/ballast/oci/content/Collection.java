package dev.ballast.oci.content;

import dev.ballast.linux.LinuxException;
import dev.ballast.linux.file.FileLease;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.InvalidManifestException;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Removes content that nothing names. It reads all manifests beside readers and writers; then it
 * keeps writers out while it reads what has come since, and removes. What is younger than the grace
 * period stays, because somebody may be about to name it.
 */
public final class Collection {
  /** Names content that a push has sent and not named yet. */
  public static final Duration GRACE = Duration.ofHours(1);

  /** An upload that nobody has touched for so long is not resumed any more. */
  public static final Duration ABANDONED = Duration.ofDays(7);

  /**
   * What to remove.
   *
   * @param untagged manifests that no tag reaches go too
   * @param dryRun says what would go, and removes nothing
   */
  public record Options(Duration grace, Duration abandoned, boolean untagged, boolean dryRun) {}

  /** What was removed, or would be. */
  public record Result(
      List<Digest> content, long bytes, long blobLinks, long manifests, long uploads, long kept) {}

  private final ContentStore store;
  private final Options options;
  private final Instant young;
  private final Instant abandoned;

  /** Manifests do not change: what was read without the lock is right under it. */
  private final Map<Digest, Optional<Manifest>> read = new HashMap<>();

  private long blobLinks;
  private long manifests;
  private long uploads;

  private Collection(ContentStore store, Options options, Instant now) {
    this.store = store;
    this.options = options;
    this.young = now.minus(options.grace());
    this.abandoned = now.minus(options.abandoned());
  }

  /** Collects. */
  public static Result run(ContentStore store, Options options, Instant now) throws IOException {
    Collection collection = new Collection(store, options, now);
    for (RepositoryName name : store.repositoryNames()) {
      for (Digest digest : Repository.digests(store.repository(name).manifestLinks())) {
        collection.manifest(digest);
      }
    }
    try (FileLease _ = store.collecting()) {
      return collection.collect();
    }
  }

  private Optional<Manifest> manifest(Digest digest) throws IOException {
    Optional<Manifest> known = read.getOrDefault(digest, Optional.empty());
    if (known.isEmpty()) {
      Optional<byte[]> bytes = store.read(digest, Manifest.LARGEST);
      if (bytes.isPresent()) {
        known = Optional.of(parse(digest, bytes.get()));
        read.put(digest, known);
      }
    }
    return known;
  }

  private static Manifest parse(Digest digest, byte[] bytes) throws IOException {
    try {
      return Manifest.read(bytes, "");
    } catch (InvalidManifestException e) {
      // What it names is not known, so nothing may go.
      throw new IOException(
          "nothing was removed: the manifest " + digest + " cannot be read: " + e.getMessage(), e);
    }
  }

  private Result collect() throws IOException {
    Set<Digest> named = new HashSet<>();
    for (RepositoryName name : store.repositoryNames()) {
      named.addAll(repository(store.repository(name)));
    }
    List<Digest> removed = new ArrayList<>();
    long bytes = 0;
    long kept = 0;
    for (Path algorithm : Repository.entries(store.root().resolve("blobs"))) {
      for (Path group : Repository.entries(algorithm)) {
        for (Path file : Repository.entries(group)) {
          Optional<Digest> digest =
              Digest.tryParse(algorithm.getFileName() + ":" + file.getFileName());
          if (digest.isEmpty() || named.contains(digest.get()) || isYounger(file, young)) {
            kept++;
            continue;
          }
          bytes += Files.size(file);
          removed.add(digest.get());
          remove(file);
        }
      }
    }
    for (Path file : Repository.entries(store.root().resolve("incoming"))) {
      if (!isYounger(file, abandoned)) {
        uploads++;
        remove(file);
      }
    }
    if (!options.dryRun()) {
      store.quota().release(bytes);
    }
    return new Result(List.copyOf(removed), bytes, blobLinks, manifests, uploads, kept);
  }

  private void remove(Path file) throws IOException {
    if (!options.dryRun()) {
      Files.deleteIfExists(file);
    }
  }

  private static boolean isYounger(Path file, Instant than) throws IOException {
    try {
      return !Files.getLastModifiedTime(file).toInstant().isBefore(than);
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** Removes the names of one repository that nothing needs; returns what the rest names. */
  private Set<Digest> repository(Repository repository) throws IOException {
    Set<Digest> live = new HashSet<>(Repository.digests(repository.manifestLinks()));
    if (options.untagged()) {
      Set<Digest> tagged = tagged(repository, live);
      for (Digest each : List.copyOf(live)) {
        Path link = Repository.of(repository.manifestLinks(), each);
        if (!tagged.contains(each) && !isYounger(link, young)) {
          manifests++;
          remove(link);
          live.remove(each);
        }
      }
    }
    Set<Digest> needed = new HashSet<>();
    for (Digest each : live) {
      for (Manifest manifest : manifest(each).stream().toList()) {
        manifest.blobs().forEach(blob -> needed.add(blob.digest()));
        manifest.foreign().forEach(blob -> needed.add(blob.digest()));
      }
    }
    for (Digest each : Repository.digests(repository.blobLinks())) {
      Path link = Repository.of(repository.blobLinks(), each);
      if (!needed.contains(each) && !isYounger(link, young)) {
        blobLinks++;
        remove(link);
      } else {
        live.add(each);
      }
    }
    removeReferrers(repository);
    removeUploads(repository);
    return live;
  }

  /** What tags reach: through indexes, and from a manifest to what is about it. */
  private Set<Digest> tagged(Repository repository, Set<Digest> live) throws IOException {
    Map<Digest, List<Digest>> about = new HashMap<>();
    for (Digest each : live) {
      manifest(each)
          .flatMap(Manifest::subject)
          .map(Descriptor::digest)
          .ifPresent(subject -> about.computeIfAbsent(subject, _ -> new ArrayList<>()).add(each));
    }
    Deque<Digest> open = new ArrayDeque<>();
    for (Tag tag : repository.tags()) {
      repository.manifest(tag).ifPresent(stored -> open.add(stored.digest()));
    }
    Set<Digest> reached = new HashSet<>();
    while (!open.isEmpty()) {
      Digest each = open.remove();
      if (reached.add(each) && live.contains(each)) {
        manifest(each)
            .ifPresent(manifest -> manifest.manifests().forEach(d -> open.add(d.digest())));
        open.addAll(about.getOrDefault(each, List.of()));
      }
    }
    return reached;
  }

  /** Those whose manifest is gone; they are shown to nobody. */
  private void removeReferrers(Repository repository) throws IOException {
    for (Digest subject : Repository.digests(repository.referrerLinks())) {
      Path directory = Repository.of(repository.referrerLinks(), subject);
      for (Digest each : Repository.digests(directory)) {
        if (!Files.exists(Repository.of(repository.manifestLinks(), each))) {
          remove(Repository.of(directory, each));
        }
      }
    }
  }

  private void removeUploads(Repository repository) throws IOException {
    for (Path upload : Repository.entries(repository.uploads())) {
      Path data = upload.resolve("data");
      if (isYounger(Files.exists(data) ? data : upload, abandoned)) {
        continue;
      }
      Optional<FileLease> lease;
      try {
        lease = FileLease.tryTake(upload.resolve("lock"));
      } catch (LinuxException e) {
        continue;
      }
      if (lease.isPresent()) {
        try (FileLease _ = lease.get()) {
          uploads++;
          for (Path file : Repository.entries(upload)) {
            remove(file);
          }
          remove(upload);
        }
      }
    }
  }
}
