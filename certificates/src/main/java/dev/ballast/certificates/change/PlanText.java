package dev.ballast.certificates.change;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;

/** A plan as it is shown before it is done: one line a file, never its content. */
public final class PlanText {
  private PlanText() {}

  public static List<String> of(Plan plan) {
    return plan.changes().stream().map(PlanText::line).toList();
  }

  private static String line(FileChange change) {
    var there = Files.exists(change.path(), LinkOption.NOFOLLOW_LINKS);
    return switch (change) {
      case FileChange.Put put ->
          (there ? "replace " : "create  ")
              + put.path()
              + (put.access() == Access.SECRET ? " (secret)" : "");
      case FileChange.Delete delete -> "delete  " + delete.path();
      case FileChange.Link link -> "link    " + link.path() + " to " + link.target();
    };
  }
}
