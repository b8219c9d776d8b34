package dev.ballast.oci.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.oci.Json;
import dev.ballast.oci.content.ContentException;
import dev.ballast.oci.http.Response;
import java.io.IOException;

/** A request that is refused, with what the client is told. */
final class RegistryError extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final ErrorCode code;

  RegistryError(ErrorCode code, String message) {
    this(code.status(), code, message);
  }

  RegistryError(int status, ErrorCode code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  static RegistryError of(ContentException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.reason()) {
      case MISMATCH -> new RegistryError(ErrorCode.DIGEST_INVALID, message);
      case QUOTA -> new RegistryError(ErrorCode.DENIED, message);
      case DISK_FULL -> new RegistryError(507, ErrorCode.UNKNOWN, message);
      case BUSY -> new RegistryError(409, ErrorCode.BLOB_UPLOAD_INVALID, message);
      case UNKNOWN_UPLOAD -> new RegistryError(ErrorCode.BLOB_UPLOAD_UNKNOWN, message);
      case MISSING_BLOB -> new RegistryError(ErrorCode.MANIFEST_BLOB_UNKNOWN, message);
    };
  }

  int status() {
    return status;
  }

  void send(Response response) throws IOException {
    ObjectNode body = Json.object();
    body.putArray("errors")
        .addObject()
        .put("code", code.name())
        .put("message", String.valueOf(getMessage()));
    response.header("Content-Type", "application/json").send(status, Json.bytes(body));
  }
}
