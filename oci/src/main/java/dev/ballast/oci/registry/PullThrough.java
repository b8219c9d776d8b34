package dev.ballast.oci.registry;

import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;

/** Another registry, whose content this one gets when somebody asks for it. */
public interface PullThrough {
  /** Has the manifest in the store, as new as the other registry has it, if that can be asked. */
  void fetchManifest(RepositoryName name, String reference) throws IOException;

  /** Answers for a blob that is not here. */
  void head(Route.Blob at, Response response) throws IOException;

  /** Sends a blob that is not here while it comes. */
  void get(Route.Blob at, Request request, Response response) throws IOException;
}
