package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.Locale;

/** What the kernel's refusals mean to a person. */
final class Remedies {
  private Remedies() {}

  static ChangeFailure explain(IOException e, String doing, String kept) {
    var reason = e instanceof FileSystemException f ? String.valueOf(f.getReason()) : message(e);
    var file = e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : "a file";
    var word = e instanceof AccessDeniedException ? "permission denied" : reason;
    return new ChangeFailure(
        "cannot " + doing + ": " + file + ": " + lower(word), remedy(e, reason) + "; " + kept, e);
  }

  private static String remedy(IOException e, String reason) {
    if (e instanceof AccessDeniedException) {
      return "run as root";
    }
    if (reason.contains("Read-only")) {
      return "remount the file system writable";
    }
    if (reason.contains("No space left") || reason.contains("quota")) {
      return "free some space there";
    }
    if (reason.contains("Operation not permitted")) {
      return "run as root, and take an immutable flag away with chattr -i";
    }
    return "look at the file and its directory";
  }

  private static String message(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static String lower(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
