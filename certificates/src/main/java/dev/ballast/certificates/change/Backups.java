package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The backups of a node: one directory each, 0700, whole or not there. */
final class Backups {
  /** A certificate or kubeconfig is a few kilobytes; bundles of hundreds of CAs stay below this. */
  static final long MAX_FILE = 16L << 20;

  private static final String PARTIAL = ".partial-";
  private static final String MANIFEST = "manifest";
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final StateDirectory state;
  private final Disk disk;
  private final int retained;

  Backups(StateDirectory state, Disk disk, int retained) {
    if (retained < 1) {
      throw new IllegalArgumentException("retained=" + retained + " but at least 1 backup is kept");
    }
    this.state = state;
    this.disk = disk;
    this.retained = retained;
  }

  Backup create(Plan plan, Instant now, List<Staged.Target> targets) throws IOException {
    var id = freeId(now);
    var partial = state.backups().resolve(PARTIAL + id);
    disk.createDirectory(partial);
    var entries = new ArrayList<Backup.Entry>();
    for (var target : targets) {
      entries.add(save(partial, "file-" + entries.size(), target));
    }
    var backup = new Backup(id, now, plan.reason(), entries, together(plan, targets));
    write(partial.resolve(MANIFEST), Content.of(backup.encode(state.real())));
    disk.sync(partial);
    disk.rename(partial, state.backups().resolve(id));
    disk.sync(state.backups());
    return backup;
  }

  /** The sets of the plan, by where their files really are. */
  private static List<Set<Path>> together(Plan plan, List<Staged.Target> targets) {
    var sets = new ArrayList<Set<Path>>();
    for (var planned : plan.together()) {
      var set = new LinkedHashSet<Path>();
      for (var target : targets) {
        if (planned.contains(target.change().path())) {
          set.add(target.member().path());
        }
      }
      if (set.size() > 1) {
        sets.add(set);
      }
    }
    return sets;
  }

  private Backup.Entry save(Path partial, String copy, Staged.Target target) throws IOException {
    var path = target.member().path();
    if (Files.isSymbolicLink(path)) {
      return new Backup.SavedLink(path, Files.readSymbolicLink(path));
    }
    if (target.before().isEmpty()) {
      return new Backup.Absent(path);
    }
    var size = Files.size(path);
    if (size > MAX_FILE) {
      throw new ChangeFailure(
          path + " has " + size + " bytes, more than a certificate file can have",
          "look at what it is; nothing was changed");
    }
    var content = Content.of(Files.readAllBytes(path));
    write(partial.resolve(copy), content);
    var before = target.before().get();
    return new Backup.Saved(
        path, copy, content.sha256(), before.mode(), before.uid(), before.gid());
  }

  private void write(Path file, Content content) throws IOException {
    disk.createFile(file);
    disk.append(file, content.bytes());
    disk.sync(file);
  }

  private String freeId(Instant now) throws IOException {
    var stamp = STAMP.format(now);
    for (int i = 1; i < 1000; i++) {
      var id = i == 1 ? stamp : stamp + "-" + String.format("%03d", i);
      if (!Files.exists(state.backups().resolve(id), LinkOption.NOFOLLOW_LINKS)) {
        return id;
      }
    }
    throw new FileAlreadyExistsException(state.backups().resolve(stamp).toString());
  }

  /** All whole backups, newest first. */
  List<Backup> list() throws IOException {
    var found = new ArrayList<Backup>();
    for (var id : ids()) {
      read(id).ifPresent(found::add);
    }
    return found;
  }

  /** Those whose manifest cannot be read or is not what was written, newest first. */
  List<String> damaged() throws IOException {
    var damaged = new ArrayList<String>();
    for (var id : ids()) {
      if (read(id).isEmpty()) {
        damaged.add(id);
      }
    }
    return damaged;
  }

  /** The directories that were completed, newest first. */
  List<String> ids() throws IOException {
    var ids = new ArrayList<String>();
    if (!Files.isDirectory(state.backups())) {
      return ids;
    }
    try (var directories = Files.newDirectoryStream(state.backups(), Files::isDirectory)) {
      for (var directory : directories) {
        var name = String.valueOf(directory.getFileName());
        if (!name.startsWith(".")) {
          ids.add(name);
        }
      }
    }
    ids.sort(Comparator.reverseOrder());
    return ids;
  }

  /** One damaged backup must not hide the others. */
  private Optional<Backup> read(String id) throws IOException {
    try {
      var text = Files.readString(state.backups().resolve(id).resolve(MANIFEST));
      return Backup.decode(id, text, state.real());
    } catch (NoSuchFileException | CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The bytes of a saved file; refuses them when they are not what was saved. */
  Content content(Backup backup, Backup.Saved saved) throws IOException {
    var copy = state.backups().resolve(backup.id()).resolve(saved.copy());
    var content = Content.of(Files.readAllBytes(copy));
    if (!content.sha256().equals(saved.sha256())) {
      throw new ChangeFailure(
          copy + " is damaged: its SHA-256 is not the one in the manifest",
          "restore another backup; nothing was changed");
    }
    return content;
  }

  /** Whether a kill left one half-written, or half-removed. */
  boolean hasPartial() throws IOException {
    return !directories(true).isEmpty();
  }

  /** Removes what a kill left half-written. */
  void removePartial() throws IOException {
    for (var partial : directories(true)) {
      remove(partial);
    }
  }

  /** Removes what a kill left half-written, and all but the newest backups. */
  void tidy() throws IOException {
    removePartial();
    var whole = directories(false);
    whole.sort(Comparator.reverseOrder());
    for (var old : whole.subList(Math.min(retained, whole.size()), whole.size())) {
      // Renamed first: half a backup must not look like a whole one.
      var partial = old.resolveSibling(PARTIAL + old.getFileName());
      disk.rename(old, partial);
      remove(partial);
    }
  }

  private List<Path> directories(boolean partial) throws IOException {
    var found = new ArrayList<Path>();
    if (!Files.isDirectory(state.backups())) {
      return found;
    }
    try (var directories = Files.newDirectoryStream(state.backups(), Files::isDirectory)) {
      for (var directory : directories) {
        if (String.valueOf(directory.getFileName()).startsWith(PARTIAL) == partial) {
          found.add(directory);
        }
      }
    }
    return found;
  }

  private void remove(Path directory) throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        disk.delete(entry);
      }
    }
    disk.delete(directory);
  }
}
