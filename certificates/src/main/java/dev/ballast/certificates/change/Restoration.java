package dev.ballast.certificates.change;

import java.io.IOException;
import java.util.ArrayList;

/** Turns a backup into the plan that brings it back. */
final class Restoration {
  private final Backups backups;

  Restoration(Backups backups) {
    this.backups = backups;
  }

  Plan plan(Backup backup) {
    var changes = new ArrayList<FileChange>();
    try {
      for (var entry : backup.entries()) {
        changes.add(
            switch (entry) {
              case Backup.Saved saved ->
                  new FileChange.Put(saved.path(), backups.content(backup, saved), access(saved));
              case Backup.SavedLink link -> new FileChange.Link(link.path(), link.target());
              case Backup.Absent absent -> new FileChange.Delete(absent.path());
            });
      }
    } catch (IOException e) {
      throw Remedies.explain(e, "read backup " + backup.id(), "nothing was changed");
    }
    return new Plan("restore " + backup.id(), changes, backup.together());
  }

  private static Access access(Backup.Saved saved) {
    return (saved.mode() & 0007) == 0 ? Access.SECRET : Access.PUBLIC;
  }
}
