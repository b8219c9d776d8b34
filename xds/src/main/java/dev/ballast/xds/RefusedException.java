package dev.ballast.xds;

import io.grpc.Status;

/** A client may not connect; carries the code and text that it is told. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Status status;

  private RefusedException(Status status) {
    super(status.getDescription());
    this.status = status;
  }

  /** What the client said about itself is wrong. */
  public static RefusedException invalid(String message) {
    return new RefusedException(Status.INVALID_ARGUMENT.withDescription(message));
  }

  /** The client did not prove who it is. */
  public static RefusedException unauthenticated(String message) {
    return new RefusedException(Status.UNAUTHENTICATED.withDescription(message));
  }

  /** The client is known, and is not what it says. */
  public static RefusedException denied(String message) {
    return new RefusedException(Status.PERMISSION_DENIED.withDescription(message));
  }

  /** Too many connect at once; the client should try again later. */
  public static RefusedException busy(String message) {
    return new RefusedException(Status.RESOURCE_EXHAUSTED.withDescription(message));
  }

  Status status() {
    return status;
  }
}
