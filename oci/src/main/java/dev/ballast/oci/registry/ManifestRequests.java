package dev.ballast.oci.registry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Digest;
import dev.ballast.oci.DigestAlgorithm;
import dev.ballast.oci.InvalidManifestException;
import dev.ballast.oci.Json;
import dev.ballast.oci.Manifest;
import dev.ballast.oci.MediaTypes;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.Tag;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.content.Repository;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers for manifests, tags and referrers. */
final class ManifestRequests {
  private final ContentStore store;
  private final Repository.Completeness completeness;
  private final Statistics statistics;

  ManifestRequests(
      ContentStore store, Repository.Completeness completeness, Statistics statistics) {
    this.store = store;
    this.completeness = completeness;
    this.statistics = statistics;
  }

  /** Sends a manifest, or its head. */
  void get(Route.OneManifest at, Response response) throws IOException {
    Repository.Stored found =
        find(at.name(), at.reference()).orElseThrow(() -> unknown(at.name(), at.reference()));
    try (FileChannel channel =
        store.find(found.digest()).orElseThrow(() -> unknown(at.name(), at.reference()))) {
      response
          .header("Content-Type", found.mediaType())
          .header("Docker-Content-Digest", found.digest().toString())
          .header("ETag", "\"" + found.digest() + "\"")
          .send(200, channel, 0, channel.size());
    }
    statistics.manifestsPulled.increment();
  }

  Optional<Repository.Stored> find(RepositoryName name, String reference) throws IOException {
    Repository repository = store.repository(name);
    if (reference.contains(":")) {
      return repository.manifest(BlobRequests.digest(reference));
    }
    return repository.manifest(tag(reference));
  }

  static Tag tag(String text) throws RegistryError {
    return Tag.tryParse(text)
        .orElseThrow(() -> new RegistryError(ErrorCode.TAG_INVALID, "not a tag or a digest"));
  }

  static RegistryError unknown(RepositoryName name, String reference) {
    return new RegistryError(
        ErrorCode.MANIFEST_UNKNOWN,
        "manifest unknown to the repository " + name + ": " + reference);
  }

  void put(Route.OneManifest at, Request request, Response response) throws IOException {
    List<Tag> tags = new ArrayList<>();
    Optional<Digest> expected = Optional.empty();
    if (at.reference().contains(":")) {
      expected = Optional.of(BlobRequests.digest(at.reference()));
      for (String each : request.parameters("tag")) {
        tags.add(tag(each));
      }
    } else {
      tags.add(tag(at.reference()));
    }
    byte[] bytes = body(request);
    Digest digest =
        Digest.of(
            expected.map(Digest::algorithm).orElse(DigestAlgorithm.SHA256), bytes, bytes.length);
    if (expected.isPresent() && !expected.get().equals(digest)) {
      throw new RegistryError(
          ErrorCode.DIGEST_INVALID, "the manifest is " + digest + ", not " + expected.get());
    }
    Manifest manifest;
    try {
      manifest = Manifest.read(bytes, MediaTypes.bare(request.header("content-type").orElse("")));
    } catch (InvalidManifestException e) {
      throw new RegistryError(ErrorCode.MANIFEST_INVALID, String.valueOf(e.getMessage()));
    }
    store.repository(at.name()).put(digest, bytes, manifest, tags, completeness);
    statistics.manifestsPushed.increment();
    statistics.bytesReceived.add(bytes.length);
    manifest
        .subject()
        .ifPresent(subject -> response.header("OCI-Subject", subject.digest().toString()));
    if (expected.isPresent()) {
      tags.forEach(tag -> response.header("OCI-Tag", tag.value()));
    }
    response
        .header("Location", "/v2/" + at.name() + "/manifests/" + digest)
        .header("Docker-Content-Digest", digest.toString())
        .send(201);
  }

  private static byte[] body(Request request) throws IOException {
    byte[] bytes =
        request.length() > Manifest.LARGEST
            ? new byte[0]
            : request.body().readNBytes(Manifest.LARGEST + 1);
    if (request.length() > Manifest.LARGEST || bytes.length > Manifest.LARGEST) {
      throw new RegistryError(
          413,
          ErrorCode.SIZE_INVALID,
          "a manifest may have " + Manifest.LARGEST + " bytes; this one has more");
    }
    return bytes;
  }

  void delete(Route.OneManifest at, Response response) throws IOException {
    Repository repository = store.repository(at.name());
    boolean deleted =
        at.reference().contains(":")
            ? repository.delete(BlobRequests.digest(at.reference()))
            : repository.delete(tag(at.reference()));
    if (!deleted) {
      throw unknown(at.name(), at.reference());
    }
    response.send(202);
  }

  /**
   * Lists tags.
   *
   * @param elsewhere those of the registry behind this one
   */
  void tags(
      RepositoryName name, Optional<List<String>> elsewhere, Request request, Response response)
      throws IOException {
    Repository repository = store.repository(name);
    if (elsewhere.isEmpty() && !repository.exists()) {
      throw new RegistryError(ErrorCode.NAME_UNKNOWN, "there is no repository " + name);
    }
    Page page =
        Page.of(
            request,
            elsewhere.isPresent()
                ? elsewhere.get()
                : repository.tags().stream().map(Tag::value).toList());
    ObjectNode body = Json.object().put("name", name.value());
    ArrayNode tags = body.putArray("tags");
    page.entries().forEach(tags::add);
    page.next().ifPresent(next -> response.header("Link", next));
    response.header("Content-Type", "application/json").send(200, Json.bytes(body));
  }

  void catalog(Request request, List<RepositoryName> names, Response response) throws IOException {
    Page page = Page.of(request, names.stream().map(RepositoryName::value).toList());
    ObjectNode body = Json.object();
    ArrayNode repositories = body.putArray("repositories");
    page.entries().forEach(repositories::add);
    page.next().ifPresent(next -> response.header("Link", next));
    response.header("Content-Type", "application/json").send(200, Json.bytes(body));
  }

  /** Lists what is about a manifest. */
  void referrers(
      Route.Referrers at, Optional<PullThrough> upstream, Request request, Response response)
      throws IOException {
    Digest subject = BlobRequests.digest(at.digest());
    Optional<List<ObjectNode>> elsewhere =
        upstream.flatMap(other -> other.referrers(at.name(), subject));
    List<ObjectNode> found =
        elsewhere.isPresent() ? elsewhere.get() : store.repository(at.name()).referrers(subject);
    Optional<String> type = request.parameter("artifactType");
    ObjectNode index = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    ArrayNode manifests = index.putArray("manifests");
    for (ObjectNode each : found) {
      if (type.isEmpty() || type.get().equals(each.path("artifactType").asText())) {
        manifests.add(each);
      }
    }
    if (type.isPresent()) {
      response.header("OCI-Filters-Applied", "artifactType");
    }
    response.header("Content-Type", MediaTypes.OCI_INDEX).send(200, Json.bytes(index));
  }
}
