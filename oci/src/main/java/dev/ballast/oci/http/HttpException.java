package dev.ballast.oci.http;

import java.io.IOException;

/** The other end does not speak HTTP/1.1 as it is written, or goes beyond a limit. */
public final class HttpException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  HttpException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** Returns what a server answers. */
  int status() {
    return status;
  }
}
