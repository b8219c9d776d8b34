package dev.ballast.oci.registry;

import dev.ballast.oci.content.Repository.Completeness;
import dev.ballast.oci.http.HttpServer;
import java.util.Optional;

/**
 * How a registry serves.
 *
 * @param readOnly whether pushes and deletes are refused
 * @param completeness what the manifests that are pushed may lack
 */
public record RegistryOptions(
    HttpServer.Options http,
    Access access,
    boolean readOnly,
    Completeness completeness,
    Optional<PullThrough> upstream) {
  /** Returns one that lets everybody push and pull. */
  public static RegistryOptions open() {
    return new RegistryOptions(
        HttpServer.Options.plain(), Access.open(), false, Completeness.WHOLE, Optional.empty());
  }

  /** Returns the same that is read-only. */
  public RegistryOptions withReadOnly(boolean value) {
    return new RegistryOptions(http, access, value, completeness, upstream);
  }

  /** Returns the same with other connections. */
  public RegistryOptions withHttp(HttpServer.Options other) {
    return new RegistryOptions(other, access, readOnly, completeness, upstream);
  }

  /** Returns the same with another access. */
  public RegistryOptions withAccess(Access other) {
    return new RegistryOptions(http, other, readOnly, completeness, upstream);
  }

  /** Returns the same where an index may lack manifests. */
  public RegistryOptions withCompleteness(Completeness other) {
    return new RegistryOptions(http, access, readOnly, other, upstream);
  }

  /** Returns the same that gets what it lacks from another registry. */
  public RegistryOptions withUpstream(PullThrough other) {
    return new RegistryOptions(http, access, readOnly, completeness, Optional.of(other));
  }
}
