package dev.ballast.oci.registry;

import dev.ballast.oci.http.Request;
import dev.ballast.oci.http.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Lets in those of a file, for everything.
 *
 * @param anonymousPull whether others may read
 */
record BasicAccess(Htpasswd users, boolean anonymousPull) implements Access {
  /** What a client says it is. */
  record Claim(String user, String password) {
    static Optional<Claim> of(Request request) {
      Optional<String> header = request.header("Authorization");
      if (header.isEmpty() || !header.get().regionMatches(true, 0, "Basic ", 0, 6)) {
        return Optional.empty();
      }
      try {
        String pair =
            new String(
                Base64.getDecoder().decode(header.get().substring(6).strip()),
                StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        return colon < 0
            ? Optional.empty()
            : Optional.of(new Claim(pair.substring(0, colon), pair.substring(colon + 1)));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return "Claim[user=" + user + "]";
    }
  }

  @Override
  public Rights admit(Request request, Response response, Route route, boolean reads)
      throws IOException {
    Optional<Claim> claim = Claim.of(request);
    if (claim.isPresent()
        ? users.isRight(claim.get().user(), claim.get().password())
        : anonymousPull && reads) {
      return _ -> true;
    }
    response.header("WWW-Authenticate", "Basic realm=\"ballast\", charset=\"UTF-8\"");
    throw new RegistryError(ErrorCode.UNAUTHORIZED, "authentication required");
  }
}
