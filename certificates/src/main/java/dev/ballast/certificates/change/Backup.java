package dev.ballast.certificates.change;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A copy of what a change replaced, kept until newer ones push it out.
 *
 * @param id the name by which {@code certs restore} finds it; ids sort by time
 * @param created when it was made
 * @param reason the reason of the plan
 * @param entries what was at each path of the plan
 * @param together the sets of paths that change in one instant
 */
public record Backup(
    String id, Instant created, String reason, List<Entry> entries, List<Set<Path>> together) {
  private static final String HEADER = "ballast-backup 1";
  private static final String TOGETHER = "together ";

  /** What was at a path before the change. */
  public sealed interface Entry {
    Path path();
  }

  /** A file, its copy in the backup, and its SHA-256. */
  public record Saved(Path path, String copy, String sha256, int mode, int uid, int gid)
      implements Entry {}

  /** A symbolic link that the change replaces as such. */
  public record SavedLink(Path path, Path target) implements Entry {}

  /** Nothing was there: restoring deletes what the change created. */
  public record Absent(Path path) implements Entry {}

  public Backup {
    entries = List.copyOf(entries);
    together = together.stream().map(Set::copyOf).toList();
  }

  /**
   * As text.
   *
   * @param base the state directory, from which the paths are told: a disk that was changed while
   *     it was mounted elsewhere finds its files again
   */
  String encode(Path base) {
    var text = new StringBuilder(HEADER).append('\n');
    text.append("created ").append(created).append('\n');
    text.append("reason ").append(reason.replaceAll("[\\r\\n]", " ")).append('\n');
    for (var entry : entries) {
      switch (entry) {
        case Saved saved ->
            text.append("file ")
                .append(saved.sha256())
                .append(' ')
                .append(Integer.toOctalString(saved.mode()))
                .append(' ')
                .append(saved.uid())
                .append(' ')
                .append(saved.gid())
                .append(' ')
                .append(saved.copy())
                .append(' ')
                .append(Escaped.text(base.relativize(saved.path())));
        case SavedLink link ->
            // The target comes first because a path may hold blanks and ends the line.
            text.append("link ")
                .append(Escaped.text(link.target()).replace(" ", "%20"))
                .append(' ')
                .append(Escaped.text(base.relativize(link.path())));
        case Absent absent ->
            text.append("absent ").append(Escaped.text(base.relativize(absent.path())));
      }
      text.append('\n');
    }
    var paths = entries.stream().map(Entry::path).toList();
    for (var set : together) {
      var indexes = set.stream().map(paths::indexOf).sorted().map(String::valueOf).toList();
      text.append(TOGETHER).append(String.join(",", indexes)).append('\n');
    }
    var sum = Content.of(text.toString()).sha256();
    return text.append("end ").append(sum).append('\n').toString();
  }

  /** Reads a manifest; empty when it is damaged or of another version. */
  static Optional<Backup> decode(String id, String text, Path base) {
    var lines = text.lines().toList();
    var end = text.lastIndexOf("\nend ") + 1;
    if (end == 0
        || !lines.getLast().equals("end " + Content.of(text.substring(0, end)).sha256())
        || !lines.getFirst().equals(HEADER)) {
      return Optional.empty();
    }
    var created = Instant.parse(lines.get(1).substring("created ".length()));
    var reason = lines.get(2).substring("reason ".length());
    var entries = new ArrayList<Entry>();
    var together = new ArrayList<Set<Path>>();
    for (var line : lines.subList(3, lines.size() - 1)) {
      if (line.startsWith(TOGETHER)) {
        var set = new HashSet<Path>();
        for (var index : line.substring(TOGETHER.length()).split(",", -1)) {
          set.add(entries.get(Integer.parseInt(index)).path());
        }
        together.add(set);
      } else {
        entries.add(entry(line, base));
      }
    }
    return Optional.of(new Backup(id, created, reason, entries, together));
  }

  private static Entry entry(String line, Path base) {
    var word = line.substring(0, line.indexOf(' '));
    return switch (word) {
      case "file" -> {
        var parts = line.split(" ", 7);
        yield new Saved(
            path(parts[6], base),
            parts[5],
            parts[1],
            Integer.parseInt(parts[2], 8),
            Integer.parseInt(parts[3]),
            Integer.parseInt(parts[4]));
      }
      case "link" -> {
        var parts = line.split(" ", 3);
        yield new SavedLink(path(parts[2], base), Escaped.path(parts[1].replace("%20", " ")));
      }
      case "absent" -> new Absent(path(line.substring("absent ".length()), base));
      default -> throw new IllegalArgumentException("not a backup entry: " + line);
    };
  }

  private static Path path(String text, Path base) {
    return base.resolve(Escaped.path(text)).normalize();
  }
}
