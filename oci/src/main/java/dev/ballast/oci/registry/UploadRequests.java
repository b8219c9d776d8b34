package dev.ballast.oci.registry;

import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Upload;
import dev.ballast.oci.content.Uploads;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers for uploads of blobs: in one request, in chunks, resumed, mounted, cancelled. */
final class UploadRequests {
  private static final Pattern RANGE =
      Pattern.compile("(?:bytes )?([0-9]{1,18})-([0-9]{1,18})(?:/.*)?");
  private static final int BUFFER = 256 << 10;

  private final ContentStore store;
  private final Uploads uploads;
  private final Statistics statistics;

  UploadRequests(ContentStore store, Statistics statistics) {
    this.store = store;
    this.uploads = new Uploads(store);
    this.statistics = statistics;
  }

  /**
   * Begins an upload, or ends it at once.
   *
   * @param mayPull whether the client may read a repository, to mount from it
   */
  void begin(
      RepositoryName name, Request request, Response response, Predicate<RepositoryName> mayPull)
      throws IOException {
    Optional<String> mount = request.parameter("mount");
    if (mount.isPresent() && mount(name, mount.get(), request, mayPull)) {
      created(name, BlobRequests.digest(mount.get()), response);
      return;
    }
    Optional<String> whole = request.parameter("digest").filter(_ -> mount.isEmpty());
    if (whole.isPresent()) {
      Digest digest = BlobRequests.digest(whole.get());
      try (Upload upload = store.write(digest.algorithm())) {
        receive(request, upload);
        upload.finish(digest);
      }
      link(name, digest);
      created(name, digest, response);
      return;
    }
    accepted(name, uploads.begin(name, algorithm(request)), 0, response);
  }

  private static DigestAlgorithm algorithm(Request request) throws RegistryError {
    Optional<String> asked = request.parameter("digest-algorithm");
    if (asked.isEmpty()) {
      return DigestAlgorithm.SHA256;
    }
    return DigestAlgorithm.named(asked.get())
        .orElseThrow(() ->
            new RegistryError(ErrorCode.DIGEST_INVALID, "digest-algorithm is sha256 or sha512"));
  }

  /** Without a source any repository will do that the client may read. */
  private boolean mount(
      RepositoryName name, String text, Request request, Predicate<RepositoryName> mayPull)
      throws IOException {
    Digest digest = BlobRequests.digest(text);
    Optional<String> from = request.parameter("from");
    if (from.isPresent()) {
      Optional<RepositoryName> source = RepositoryName.tryParse(from.get()).filter(mayPull);
      return source.isPresent()
          && store.repository(source.get()).hasBlob(digest)
          && store.repository(name).linkBlob(digest);
    }
    if (!store.has(digest)) {
      return false;
    }
    for (RepositoryName source : store.repositoryNames()) {
      if (mayPull.test(source) && store.repository(source).hasBlob(digest)) {
        return store.repository(name).linkBlob(digest);
      }
    }
    return false;
  }

  void patch(Route.OneUpload at, Request request, Response response) throws IOException {
    long length =
        uploads.resume(
            at.name(),
            at.id(),
            upload -> {
              checkRange(at, request, upload.length(), response);
              receive(request, upload);
              return upload.length();
            });
    accepted(at.name(), at.id(), length, response);
  }

  void put(Route.OneUpload at, Request request, Response response) throws IOException {
    Digest digest =
        BlobRequests.digest(
            request
                .parameter("digest")
                .orElseThrow(
                    () -> new RegistryError(ErrorCode.DIGEST_INVALID, "digest is missing")));
    uploads.resume(
        at.name(),
        at.id(),
        upload -> {
          if (request.length() != 0) {
            checkRange(at, request, upload.length(), response);
            receive(request, upload);
          }
          upload.finish(digest);
          return digest;
        });
    link(at.name(), digest);
    created(at.name(), digest, response);
  }

  private void link(RepositoryName name, Digest digest) throws IOException {
    if (!store.repository(name).linkBlob(digest)) {
      throw new IOException(digest + " was removed while it was pushed");
    }
    statistics.blobsPushed.increment();
  }

  private static void checkRange(
      Route.OneUpload at, Request request, long length, Response response) throws RegistryError {
    Optional<String> header = request.header("content-range");
    if (header.isEmpty()) {
      return;
    }
    Matcher range = RANGE.matcher(header.get().strip());
    if (!range.matches()) {
      throw new RegistryError(ErrorCode.BLOB_UPLOAD_INVALID, "Content-Range is not FIRST-LAST");
    }
    long first = Long.parseLong(range.group(1));
    long last = Long.parseLong(range.group(2));
    if (first != length) {
      located(at.name(), at.id(), length, response);
      throw new RegistryError(
          416,
          ErrorCode.BLOB_UPLOAD_INVALID,
          "the chunk begins at %d, the upload has %d bytes".formatted(first, length));
    }
    if (request.length() >= 0 && last - first + 1 != request.length()) {
      throw new RegistryError(
          ErrorCode.BLOB_UPLOAD_INVALID, "Content-Range and Content-Length disagree");
    }
  }

  private void receive(Request request, Upload upload) throws IOException {
    InputStream body = request.body();
    long known = request.length();
    byte[] buffer = new byte[known >= 0 && known < BUFFER ? (int) Math.max(known, 1) : BUFFER];
    while (true) {
      int filled = 0;
      // Full buffers: few, large writes.
      while (filled < buffer.length) {
        int n = body.read(buffer, filled, buffer.length - filled);
        if (n < 0) {
          append(upload, buffer, filled);
          return;
        }
        filled += n;
      }
      append(upload, buffer, filled);
    }
  }

  private void append(Upload upload, byte[] buffer, int count) throws IOException {
    if (count > 0) {
      upload.append(ByteBuffer.wrap(buffer, 0, count));
      statistics.bytesReceived.add(count);
    }
  }

  void state(Route.OneUpload at, Response response) throws IOException {
    OptionalLong length = uploads.length(at.name(), at.id());
    if (length.isEmpty()) {
      throw new RegistryError(
          ErrorCode.BLOB_UPLOAD_UNKNOWN, "there is no such upload; begin a new one");
    }
    located(at.name(), at.id(), length.getAsLong(), response).send(204);
  }

  void cancel(Route.OneUpload at, Response response) throws IOException {
    uploads.cancel(at.name(), at.id());
    response.send(204);
  }

  private static void accepted(RepositoryName name, String id, long length, Response response)
      throws IOException {
    located(name, id, length, response).send(202);
  }

  private static Response located(RepositoryName name, String id, long length, Response response) {
    return response
        .header("Location", "/v2/" + name + "/blobs/uploads/" + id)
        .header("Docker-Upload-UUID", id)
        .header("Range", "0-" + Math.max(0, length - 1));
  }

  private static void created(RepositoryName name, Digest digest, Response response)
      throws IOException {
    response
        .header("Location", "/v2/" + name + "/blobs/" + digest)
        .header("Docker-Content-Digest", digest.toString())
        .send(201);
  }
}
