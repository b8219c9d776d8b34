package dev.ballast.oci;

import java.io.IOException;

/** What claims to be a manifest is none. */
public final class InvalidManifestException extends IOException {
  private static final long serialVersionUID = 1L;

  InvalidManifestException(String message) {
    super(message);
  }
}
