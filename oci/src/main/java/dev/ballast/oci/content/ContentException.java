package dev.ballast.oci.content;

import java.io.IOException;
import java.util.Locale;

/** A store does not take content, or does not have it. */
public final class ContentException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The content is not what was announced. */
    MISMATCH,
    /** The store would be larger than it may be. */
    QUOTA,
    /** The disk has no room. */
    DISK_FULL,
    /** Another writer has it, or collection runs. */
    BUSY,
    /** There is no such upload. */
    UNKNOWN_UPLOAD,
    /** A manifest needs content that is not there. */
    MISSING_BLOB
  }

  private final Reason reason;

  ContentException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  private ContentException(Reason reason, String message, IOException cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Returns why. */
  public Reason reason() {
    return reason;
  }

  /** Says that a disk is full, where that is what a write failed by. */
  static IOException of(IOException failure, String directory) {
    String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    return text.contains("no space left") || text.contains("disk quota exceeded")
        ? new ContentException(
            Reason.DISK_FULL,
            "the disk of "
                + directory
                + " is full: nothing was lost; make room, as with ballast registry gc, and push"
                + " again",
            failure)
        : failure;
  }
}
