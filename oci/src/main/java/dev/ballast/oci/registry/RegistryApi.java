package dev.ballast.oci.registry;

import dev.ballast.oci.Json;
import dev.ballast.oci.content.ContentException;
import dev.ballast.oci.content.ContentStore;
import dev.ballast.oci.http.HttpHandler;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.util.Optional;

/** Answers the requests of the distribution specification. Threads: any. */
final class RegistryApi implements HttpHandler {
  private final ContentStore store;
  private final Access access;
  private final Optional<PullThrough> upstream;
  private final boolean readOnly;
  private final Statistics statistics;
  private final BlobRequests blobs;
  private final UploadRequests uploads;
  private final ManifestRequests manifests;

  RegistryApi(ContentStore store, RegistryOptions options, Statistics statistics) {
    this.store = store;
    this.access = options.access();
    this.upstream = options.upstream();
    this.readOnly = options.readOnly();
    this.statistics = statistics;
    this.blobs = new BlobRequests(store, statistics);
    this.uploads = new UploadRequests(store, statistics);
    this.manifests = new ManifestRequests(store, options.completeness(), statistics);
  }

  @Override
  public void handle(Request request, Response response) throws IOException {
    response.header("Docker-Distribution-Api-Version", "registry/2.0");
    statistics.requests.increment();
    try {
      route(request, response);
    } catch (RegistryError e) {
      refuse(e, response);
    } catch (ContentException e) {
      refuse(RegistryError.of(e), response);
    } finally {
      statistics.bytesSent.add(response.sent());
      if (response.status() == 0 || response.status() >= 500) {
        statistics.serverErrors.increment();
      } else if (response.status() == 401) {
        statistics.unauthorized.increment();
      } else if (response.status() >= 400) {
        statistics.clientErrors.increment();
      }
    }
  }

  /** A body that broke off in the middle cannot become an error any more. */
  private static void refuse(RegistryError error, Response response) throws IOException {
    if (response.status() != 0) {
      throw error;
    }
    error.send(response);
  }

  private void route(Request request, Response response) throws IOException {
    Route route = Route.of(request.path());
    if (route instanceof Route.TokenService) {
      access.token(request, response);
      return;
    }
    boolean reads = request.method().equals("GET") || request.method().equals("HEAD");
    Access.Rights rights = access.admit(request, response, route, reads);
    if (!reads && (readOnly || upstream.isPresent())) {
      throw new RegistryError(
          ErrorCode.UNSUPPORTED,
          readOnly
              ? "this registry is read-only"
              : "this registry copies another; push to that one");
    }
    switch (route) {
      case Route.Base _ -> base(request, response);
      case Route.TokenService _ -> throw new IllegalStateException("handled before");
      case Route.Catalog _ -> {
        only(reads);
        manifests.catalog(
            request, store.repositoryNames().stream().filter(rights::mayPull).toList(), response);
      }
      case Route.Tags tags -> {
        only(reads);
        manifests.tags(
            tags.name(), upstream.flatMap(other -> other.tags(tags.name())), request, response);
      }
      case Route.Referrers referrers -> {
        only(reads);
        manifests.referrers(referrers, upstream, request, response);
      }
      case Route.OneManifest manifest -> manifest(manifest, request, response);
      case Route.Blob blob -> blob(blob, request, response);
      case Route.NewUpload upload -> {
        only(request.method().equals("POST"));
        uploads.begin(upload.name(), request, response, rights::mayPull);
      }
      case Route.OneUpload upload -> upload(upload, request, response);
    }
  }

  private static void only(boolean allowed) throws RegistryError {
    if (!allowed) {
      throw new RegistryError(ErrorCode.UNSUPPORTED, "not a method of this path");
    }
  }

  private static void base(Request request, Response response) throws IOException {
    only(request.method().equals("GET") || request.method().equals("HEAD"));
    response.header("Content-Type", "application/json").send(200, Json.bytes(Json.object()));
  }

  private void manifest(Route.OneManifest at, Request request, Response response)
      throws IOException {
    switch (request.method()) {
      case "GET", "HEAD" -> {
        if (upstream.isPresent()) {
          upstream.get().fetchManifest(at.name(), at.reference());
        }
        manifests.get(at, response);
      }
      case "PUT" -> manifests.put(at, request, response);
      case "DELETE" -> manifests.delete(at, response);
      default -> only(false);
    }
  }

  private void blob(Route.Blob at, Request request, Response response) throws IOException {
    switch (request.method()) {
      case "HEAD" -> {
        if (!blobs.head(at, response)) {
          if (upstream.isEmpty()) {
            throw BlobRequests.unknown(at.name(), BlobRequests.digest(at.digest()));
          }
          upstream.get().head(at, response);
        }
      }
      case "GET" -> {
        if (blobs.get(at, request, response)) {
          return;
        }
        if (upstream.isPresent()) {
          boolean whole = request.header("range").isEmpty();
          if (upstream.get().get(at, whole, response) || blobs.get(at, request, response)) {
            return;
          }
        }
        throw BlobRequests.unknown(at.name(), BlobRequests.digest(at.digest()));
      }
      case "DELETE" -> blobs.delete(at, response);
      default -> only(false);
    }
  }

  private void upload(Route.OneUpload at, Request request, Response response) throws IOException {
    switch (request.method()) {
      case "GET", "HEAD" -> uploads.state(at, response);
      case "PATCH" -> uploads.patch(at, request, response);
      case "PUT" -> uploads.put(at, request, response);
      case "DELETE" -> uploads.cancel(at, response);
      default -> only(false);
    }
  }
}
