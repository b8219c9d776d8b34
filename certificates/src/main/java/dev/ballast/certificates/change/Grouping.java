package dev.ballast.certificates.change;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which entries of a plan change in one instant: those of a directory that holds any file which
 * only makes sense together with another, and of directories that such a set ties to it.
 */
final class Grouping {
  private final Plan plan;

  Grouping(Plan plan) {
    this.plan = plan;
  }

  List<Journal.Group> groups(List<Staged.Target> targets) {
    var resolved = new HashMap<Path, Path>();
    targets.forEach(t -> resolved.put(t.change().path(), t.member().path().resolveSibling("")));
    var leader = leaders(resolved);
    var flipping = new LinkedHashMap<Path, List<Journal.Member>>();
    var apart = new ArrayList<Journal.Group>();
    for (var target : targets) {
      var member = target.member();
      var home = leader.get(member.directory());
      if (home == null || member.kind() == Journal.Kind.LINK) {
        apart.add(new Journal.Group(false, List.of(member)));
      } else {
        flipping.computeIfAbsent(home, _ -> new ArrayList<>()).add(member);
      }
    }
    var groups = new ArrayList<Journal.Group>();
    flipping.values().forEach(members -> groups.add(new Journal.Group(true, members)));
    groups.addAll(apart);
    return groups;
  }

  /** For each directory with a set in it, the directory that stands for all tied to it. */
  private Map<Path, Path> leaders(Map<Path, Path> resolved) {
    var leader = new HashMap<Path, Path>();
    for (Set<Path> set : plan.together()) {
      var directories = new HashSet<Path>();
      for (var path : set) {
        var directory = resolved.get(path.toAbsolutePath().normalize());
        if (directory != null) {
          directories.add(leader.getOrDefault(directory, directory));
        }
      }
      if (directories.isEmpty()) {
        continue;
      }
      var home = directories.stream().sorted().findFirst().orElseThrow();
      directories.forEach(directory -> leader.put(directory, home));
      leader.replaceAll((_, old) -> directories.contains(old) ? home : old);
    }
    return leader;
  }
}
