package dev.ballast.oci.client;

import java.io.IOException;

/** A registry refuses, or does not do what the specification says. */
public final class RegistryException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  RegistryException(int status, String message) {
    super(message);
    this.status = status;
  }

  RegistryException(String message) {
    this(0, message);
  }

  /** Returns the status that it answered with; 0 when the fault is in what it sent. */
  public int status() {
    return status;
  }
}
