package dev.ballast.oci.registry;

import dev.ballast.oci.RepositoryName;
import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;

/** Decides who may do what. */
public interface Access {
  /** What somebody may do. */
  interface Rights {
    boolean mayPull(RepositoryName name);
  }

  /** Lets everybody do everything. */
  static Access open() {
    return (_, _, _, _) -> _ -> true;
  }

  /**
   * Lets the users of a file do everything.
   *
   * @param anonymousPull whether others may read
   */
  static Access basic(Htpasswd users, boolean anonymousPull) {
    return new BasicAccess(users, anonymousPull);
  }

  /**
   * Lets a request in.
   *
   * @throws RegistryError when it may not; the challenge is in the response's headers then
   */
  Rights admit(Request request, Response response, Route route, boolean reads) throws IOException;

  /** Answers a client that asks for a token. */
  default void token(Request request, Response response) throws IOException {
    throw new RegistryError(404, ErrorCode.UNSUPPORTED, "this registry gives no tokens");
  }
}
