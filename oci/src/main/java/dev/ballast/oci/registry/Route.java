package dev.ballast.oci.registry;

import dev.ballast.oci.RepositoryName;

/** What the path of a request names. */
public sealed interface Route {
  /** {@code /v2/}. */
  record Base() implements Route {}

  /** {@code /v2/_catalog}. */
  record Catalog() implements Route {}

  /** {@code /token}. */
  record TokenService() implements Route {}

  /** Something of a repository. */
  sealed interface OfRepository extends Route {
    RepositoryName name();
  }

  /** {@code /v2/NAME/tags/list}. */
  record Tags(RepositoryName name) implements OfRepository {}

  /** {@code /v2/NAME/manifests/REFERENCE}. */
  record OneManifest(RepositoryName name, String reference) implements OfRepository {}

  /** {@code /v2/NAME/blobs/DIGEST}. */
  record Blob(RepositoryName name, String digest) implements OfRepository {}

  /** {@code /v2/NAME/blobs/uploads/}. */
  record NewUpload(RepositoryName name) implements OfRepository {}

  /** {@code /v2/NAME/blobs/uploads/ID}. */
  record OneUpload(RepositoryName name, String id) implements OfRepository {}

  /** {@code /v2/NAME/referrers/DIGEST}. */
  record Referrers(RepositoryName name, String digest) implements OfRepository {}

  /** Reads a path. */
  static Route of(String path) throws RegistryError {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Base();
    }
    if (path.equals("/token")) {
      return new TokenService();
    }
    if (!path.startsWith("/v2/")) {
      throw new RegistryError(404, ErrorCode.UNSUPPORTED, "not a path of a registry");
    }
    String rest = path.substring("/v2/".length());
    if (rest.equals("_catalog")) {
      return new Catalog();
    }
    int last = rest.lastIndexOf('/');
    String leaf = rest.substring(last + 1);
    String above = last < 0 ? "" : rest.substring(0, last);
    if (above.endsWith("/blobs/uploads")) {
      RepositoryName name = name(above, "/blobs/uploads");
      return leaf.isEmpty() ? new NewUpload(name) : new OneUpload(name, leaf);
    }
    if (leaf.equals("uploads") && above.endsWith("/blobs")) {
      return new NewUpload(name(above, "/blobs"));
    }
    if (above.endsWith("/blobs")) {
      return new Blob(name(above, "/blobs"), leaf);
    }
    if (above.endsWith("/manifests")) {
      return new OneManifest(name(above, "/manifests"), leaf);
    }
    if (above.endsWith("/referrers")) {
      return new Referrers(name(above, "/referrers"), leaf);
    }
    if (leaf.equals("list") && above.endsWith("/tags")) {
      return new Tags(name(above, "/tags"));
    }
    throw new RegistryError(404, ErrorCode.UNSUPPORTED, "not a path of a registry");
  }

  private static RepositoryName name(String above, String suffix) throws RegistryError {
    String text = above.substring(0, above.length() - suffix.length());
    return RepositoryName.tryParse(text)
        .orElseThrow(
            () -> new RegistryError(ErrorCode.NAME_INVALID, "invalid name of a repository"));
  }
}
