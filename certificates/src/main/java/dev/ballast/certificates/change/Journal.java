package dev.ballast.certificates.change;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a change has set out to do and whether it must be finished or undone: all that the next
 * start needs to know.
 */
record Journal(String id, Phase phase, List<Group> groups) {
  private static final String HEADER = "ballast-change 1";

  enum Phase {
    /** Nothing that a reader can see has changed: undo. */
    PREPARING,
    /** A reader may have seen the new files: finish. */
    COMMITTED
  }

  enum Kind {
    PUT,
    DELETE,
    LINK
  }

  /** One directory entry to change, the path free of symbolic links. */
  record Member(Path path, Kind kind, boolean existed) {
    Path directory() {
      return path.resolveSibling("");
    }

    String name() {
      return String.valueOf(path.getFileName());
    }

    Staging staging() {
      return new Staging(path.resolveSibling(Staging.NAME));
    }
  }

  /** Entries that change in one instant when it flips, or one after the other when it does not. */
  record Group(boolean flips, List<Member> members) {
    Group {
      members = List.copyOf(members);
    }

    /** The directory whose one rename changes them all. */
    Path home() {
      return members.getFirst().path().resolveSibling(Staging.NAME);
    }

    /** The directories of the members, home first. */
    List<Path> stagingAreas() {
      var areas = new LinkedHashSet<Path>();
      members.forEach(member -> areas.add(member.staging().area()));
      return List.copyOf(areas);
    }
  }

  Journal {
    groups = List.copyOf(groups);
  }

  Journal committed() {
    return new Journal(id, Phase.COMMITTED, groups);
  }

  Set<Path> stagingAreas() {
    var areas = new LinkedHashSet<Path>();
    groups.forEach(group -> areas.addAll(group.stagingAreas()));
    return areas;
  }

  /**
   * As text.
   *
   * @param base the state directory, from which the paths are told: where its file system is
   *     mounted may be another place the next time
   */
  String encode(Path base) {
    var text = new StringBuilder(HEADER).append('\n');
    text.append("id ").append(id).append('\n');
    text.append("phase ").append(phase).append('\n');
    for (var group : groups) {
      text.append("group ").append(group.flips() ? "together" : "apart").append('\n');
      for (var member : group.members()) {
        text.append("entry ").append(member.kind());
        text.append(member.existed() ? " existed " : " absent ");
        text.append(Escaped.text(base.relativize(member.path()))).append('\n');
      }
    }
    return text.append("end\n").toString();
  }

  /**
   * Reads back what {@link #encode} wrote.
   *
   * @param base the state directory as it is reached now
   * @throws IllegalArgumentException when the text is not a whole journal
   */
  static Journal decode(String text, Path base) {
    var lines = text.lines().toList();
    if (lines.size() < 4 || !lines.getFirst().equals(HEADER) || !lines.getLast().equals("end")) {
      throw new IllegalArgumentException("not a journal of this version");
    }
    var id = after("id ", lines.get(1));
    var phase = Phase.valueOf(after("phase ", lines.get(2)));
    var groups = new ArrayList<Group>();
    var members = new ArrayList<Member>();
    var flips = false;
    for (var line : lines.subList(3, lines.size())) {
      if (line.startsWith("entry ")) {
        members.add(member(line, base));
        continue;
      }
      if (!members.isEmpty()) {
        groups.add(new Group(flips, members));
        members.clear();
      }
      flips = line.equals("group together");
    }
    return new Journal(id, phase, groups);
  }

  private static Member member(String line, Path base) {
    var parts = line.split(" ", 4);
    if (parts.length != 4) {
      throw new IllegalArgumentException("not a journal entry: " + line);
    }
    var path = base.resolve(Escaped.path(parts[3])).normalize();
    return new Member(path, Kind.valueOf(parts[1]), parts[2].equals("existed"));
  }

  private static String after(String prefix, String line) {
    if (!line.startsWith(prefix)) {
      throw new IllegalArgumentException("expected '" + prefix + "' but found '" + line + "'");
    }
    return line.substring(prefix.length());
  }
}
