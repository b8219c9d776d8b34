package dev.ballast.oci.registry;

import static java.lang.System.Logger.Level.WARNING;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.client.FetchedManifest;
import dev.ballast.oci.client.RegistryClient;
import dev.ballast.oci.client.RegistryException;
import dev.ballast.oci.client.RemoteRepository;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository;
import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.content.Upload;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gets what a store lacks from another registry, once for all who ask at the same time. While that
 * cannot be reached, what is in the store is served. Threads: any.
 */
public final class UpstreamRegistry implements PullThrough {
  private static final System.Logger LOG = System.getLogger(UpstreamRegistry.class.getName());
  private static final int BUFFER = 256 << 10;

  private final ContentStore store;
  private final RegistryClient client;
  private final String registry;
  private final Map<String, Turn> turns = new ConcurrentHashMap<>();

  private static final class Turn {
    final ReentrantLock lock = new ReentrantLock();
    final AtomicInteger users = new AtomicInteger();
  }

  /**
   * Names one.
   *
   * @param registry as {@code docker.io} or {@code mirror:5000}
   */
  public UpstreamRegistry(ContentStore store, RegistryClient client, String registry) {
    this.store = store;
    this.client = client;
    this.registry = registry;
  }

  private interface Body<T> {
    T run() throws IOException;
  }

  /** Does something while nobody else does it for the same thing. */
  private <T> T alone(String what, Body<T> body) throws IOException {
    Turn turn =
        turns.compute(
            what,
            (_, known) -> {
              Turn one = known == null ? new Turn() : known;
              one.users.incrementAndGet();
              return one;
            });
    turn.lock.lock();
    try {
      return body.run();
    } finally {
      turn.lock.unlock();
      turns.computeIfPresent(what, (_, known) -> known.users.decrementAndGet() == 0 ? null : known);
    }
  }

  @Override
  public void fetchManifest(RepositoryName name, String reference) throws IOException {
    Optional<Digest> digest = Digest.tryParse(reference);
    Repository repository = store.repository(name);
    if (digest.isPresent()) {
      if (repository.manifest(digest.get()).isEmpty()) {
        alone(
            name + "@" + reference,
            () -> {
              if (repository.manifest(digest.get()).isEmpty()) {
                fetch(repository, reference, List.of());
              }
              return true;
            });
      }
      return;
    }
    Optional<Tag> tag = Tag.tryParse(reference);
    if (tag.isPresent()) {
      alone(
          name + ":" + reference,
          () -> {
            refresh(repository, tag.get());
            return true;
          });
    }
  }

  private RemoteRepository remote(RepositoryName name) {
    return client.repository(registry, name);
  }

  private void refresh(Repository repository, Tag tag) throws IOException {
    Optional<Repository.Stored> known = repository.manifest(tag);
    try {
      Optional<Descriptor> there = remote(repository.name()).head(tag.value());
      if (there.isEmpty()) {
        // Taken away there: here too, from now on.
        if (known.isPresent()) {
          repository.delete(tag);
        }
        return;
      }
      if (known.isEmpty() || !known.get().digest().equals(there.get().digest())) {
        fetch(repository, tag.value(), List.of(tag));
      }
    } catch (IOException e) {
      if (known.isEmpty() || e instanceof RegistryError) {
        throw translated(e);
      }
      LOG.log(
          WARNING,
          "{0} cannot be asked for {1}:{2}; what is here is served: {3}",
          registry,
          repository.name(),
          tag,
          e.getMessage());
    }
  }

  private void fetch(Repository repository, String reference, List<Tag> tags) throws IOException {
    Optional<FetchedManifest> manifest;
    try {
      manifest = remote(repository.name()).manifest(reference);
    } catch (IOException e) {
      throw translated(e);
    }
    if (manifest.isPresent()) {
      repository.put(
          manifest.get().descriptor().digest(),
          manifest.get().bytes(),
          manifest.get().manifest(),
          tags,
          Completeness.LAZY);
    }
  }

  /** Says to our client what the other registry says to us. */
  private IOException translated(IOException e) {
    if (e instanceof RegistryError || e instanceof dev.ballast.oci.content.ContentException) {
      return e;
    }
    LOG.log(WARNING, "{0} cannot be asked: {1}", registry, e.getMessage());
    int status = e instanceof RegistryException refused ? refused.status() : 0;
    String message = "the registry behind this one: " + e.getMessage();
    return switch (status) {
      case 401, 403 -> new RegistryError(ErrorCode.DENIED, message);
      case 404 -> new RegistryError(ErrorCode.MANIFEST_UNKNOWN, message);
      case 429 -> new RegistryError(ErrorCode.TOOMANYREQUESTS, message);
      default -> new RegistryError(502, ErrorCode.UNAVAILABLE, message);
    };
  }

  @Override
  public void head(Route.Blob at, Response response) throws IOException {
    Digest digest = BlobRequests.digest(at.digest());
    OptionalLong size;
    try {
      size = remote(at.name()).blobSize(digest);
    } catch (IOException e) {
      throw translated(e);
    }
    if (size.isEmpty()) {
      throw BlobRequests.unknown(at.name(), digest);
    }
    BlobRequests.described(response, digest).sendHead(200, size.getAsLong());
  }

  @Override
  public boolean get(Route.Blob at, boolean whole, Response response) throws IOException {
    Digest digest = BlobRequests.digest(at.digest());
    return alone(
        digest.toString(),
        () -> {
          Repository repository = store.repository(at.name());
          if (repository.hasBlob(digest)) {
            return false;
          }
          if (store.has(digest) && remoteHas(at.name(), digest)) {
            return !repository.linkBlob(digest);
          }
          return fetch(at.name(), digest, whole ? Optional.of(response) : Optional.empty());
        });
  }

  private boolean remoteHas(RepositoryName name, Digest digest) throws IOException {
    try {
      return remote(name).hasBlob(digest);
    } catch (IOException e) {
      throw translated(e);
    }
  }

  /** Gets a blob, and sends it meanwhile if asked to; true when it was sent. */
  private boolean fetch(RepositoryName name, Digest digest, Optional<Response> to)
      throws IOException {
    RemoteRepository remote = remote(name);
    OptionalLong size;
    try {
      size = remote.blobSize(digest);
    } catch (IOException e) {
      throw translated(e);
    }
    if (size.isEmpty()) {
      throw BlobRequests.unknown(name, digest);
    }
    Descriptor blob = Descriptor.of("", digest, size.getAsLong());
    try (Upload upload = store.write(digest.algorithm());
        InputStream from = opened(remote, blob)) {
      pass(blob, from, upload, to.map(response -> new Forward(response, digest, blob.size())));
    }
    if (!store.repository(name).linkBlob(digest)) {
      throw new IOException(digest + " was removed while it was fetched");
    }
    return to.isPresent();
  }

  private InputStream opened(RemoteRepository remote, Descriptor blob) throws IOException {
    try {
      return remote.stream(blob);
    } catch (IOException e) {
      throw translated(e);
    }
  }

  private static void pass(
      Descriptor blob, InputStream from, Upload upload, Optional<Forward> forward)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    while (true) {
      int n = from.readNBytes(buffer, 0, buffer.length);
      boolean last = upload.length() + n >= blob.size();
      if (n > 0) {
        upload.append(ByteBuffer.wrap(buffer, 0, n));
      }
      if (last || n == 0) {
        // The last piece is sent when all is known to be right: what is wrong is never whole.
        upload.finish(blob.digest());
      }
      if (forward.isPresent()) {
        forward.get().send(ByteBuffer.wrap(buffer, 0, n));
      }
      if (last || n == 0) {
        forward.ifPresent(Forward::end);
        return;
      }
    }
  }

  /** The client that waits; when it goes away, the blob still comes. */
  private static final class Forward {
    private final Response response;
    private final Digest digest;
    private final long size;
    private Optional<Response.Body> body = Optional.empty();
    private boolean gone;

    Forward(Response response, Digest digest, long size) {
      this.response = response;
      this.digest = digest;
      this.size = size;
    }

    void send(ByteBuffer bytes) {
      if (gone) {
        return;
      }
      try {
        if (body.isEmpty()) {
          body = Optional.of(BlobRequests.described(response, digest).begin(200, size));
        }
        body.get().write(bytes);
      } catch (IOException e) {
        gone = true;
      }
    }

    void end() {
      if (!gone) {
        response.end();
      }
    }
  }

  @Override
  public Optional<List<String>> tags(RepositoryName name) {
    try {
      return Optional.of(remote(name).tags().stream().sorted().toList());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<List<ObjectNode>> referrers(RepositoryName name, Digest subject) {
    try {
      return Optional.of(
          remote(name).referrers(subject, "").stream().map(Descriptor::toJson).toList());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
