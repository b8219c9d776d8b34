package dev.ballast.oci.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Digest;
import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Another registry, whose content this one gets when somebody asks for it. */
public interface PullThrough {
  /** Has the manifest in the store, as new as the other registry has it, if that can be asked. */
  void fetchManifest(RepositoryName name, String reference) throws IOException;

  /** Answers for a blob that is not here. */
  void head(Route.Blob at, Response response) throws IOException;

  /**
   * Gets a blob that is not here.
   *
   * @param whole whether to send it while it comes
   * @return whether it was sent; otherwise it is here now
   */
  boolean get(Route.Blob at, boolean whole, Response response) throws IOException;

  /** Returns the tags that the other registry has; empty when it cannot be asked. */
  Optional<List<String>> tags(RepositoryName name);

  /** Returns what the other registry knows about a manifest; empty when it cannot be asked. */
  Optional<List<ObjectNode>> referrers(RepositoryName name, Digest subject);
}
