package dev.ballast.oci.registry;

import dev.ballast.oci.Digest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/** Answers for blobs. */
final class BlobRequests {
  private final ContentStore store;
  private final Statistics statistics;

  BlobRequests(ContentStore store, Statistics statistics) {
    this.store = store;
    this.statistics = statistics;
  }

  static Digest digest(String text) throws RegistryError {
    return Digest.tryParse(text)
        .orElseThrow(
            () -> new RegistryError(ErrorCode.DIGEST_INVALID, "not a digest of sha256 or sha512"));
  }

  /** Sends the head of a blob; false when it is not here. */
  boolean head(Route.Blob blob, Response response) throws IOException {
    Digest digest = digest(blob.digest());
    OptionalLong size = store.repository(blob.name()).claimBlob(digest);
    if (size.isEmpty()) {
      return false;
    }
    described(response, digest).sendHead(200, size.getAsLong());
    return true;
  }

  /** Sends a blob; false when it is not here. */
  boolean get(Route.Blob blob, Request request, Response response) throws IOException {
    Digest digest = digest(blob.digest());
    if (!store.repository(blob.name()).hasBlob(digest)) {
      return false;
    }
    // Opened once: what is sent is this content, also when it is replaced or collected meanwhile.
    Optional<FileChannel> found = store.find(digest);
    if (found.isEmpty()) {
      return false;
    }
    try (FileChannel channel = found.get()) {
      send(digest, channel, request, response);
    }
    statistics.blobsPulled.increment();
    return true;
  }

  private static void send(Digest digest, FileChannel channel, Request request, Response response)
      throws IOException {
    long size = channel.size();
    Optional<String> header = request.header("range").filter(_ -> isSame(request, digest));
    if (header.isPresent()) {
      Optional<ByteRange> range;
      try {
        range = ByteRange.read(header.get(), size);
      } catch (RegistryError e) {
        response.header("Content-Range", "bytes */" + size);
        throw e;
      }
      if (range.isPresent()) {
        described(response, digest).header("Content-Range", range.get().contentRange(size));
        response.send(206, channel, range.get().first(), range.get().count());
        return;
      }
    }
    described(response, digest).send(200, channel, 0, size);
  }

  /** A range is asked for on the condition that the content is still the same. */
  private static boolean isSame(Request request, Digest digest) {
    return request.header("if-range").map(tag -> tag.equals("\"" + digest + "\"")).orElse(true);
  }

  static Response described(Response response, Digest digest) {
    return response
        .header("Content-Type", "application/octet-stream")
        .header("Docker-Content-Digest", digest.toString())
        .header("ETag", "\"" + digest + "\"")
        .header("Accept-Ranges", "bytes")
        .header("Cache-Control", "max-age=31536000");
  }

  void delete(Route.Blob blob, Response response) throws IOException {
    Digest digest = digest(blob.digest());
    Repository repository = store.repository(blob.name());
    if (!repository.unlinkBlob(digest)) {
      throw unknown(blob.name(), digest);
    }
    response.header("Docker-Content-Digest", digest.toString()).send(202);
  }

  static RegistryError unknown(RepositoryName name, Digest digest) {
    return new RegistryError(
        ErrorCode.BLOB_UNKNOWN, "blob unknown to the repository " + name + ": " + digest);
  }
}
