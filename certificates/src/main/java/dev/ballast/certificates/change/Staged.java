package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Lays the new files out beside the old ones. */
final class Staged {
  /** A change with its path resolved: where it really goes, and what is there now. */
  record Target(FileChange change, Journal.Member member, Optional<Attributes> before) {}

  private final Disk disk;

  Staged(Disk disk) {
    this.disk = disk;
  }

  void layOut(Journal journal, List<Target> targets) throws IOException {
    for (var area : journal.stagingAreas()) {
      createArea(new Staging(area));
    }
    for (var target : targets) {
      layOut(target);
    }
    for (var group : journal.groups()) {
      if (group.flips()) {
        aim(group);
      }
    }
    for (var area : journal.stagingAreas()) {
      var staging = new Staging(area);
      for (var directory :
          List.of(
              staging.newFiles(), staging.oldFiles(), staging.area(), area.resolveSibling(""))) {
        disk.sync(directory);
      }
    }
  }

  /** Readable for whoever can read the directory above, since links lead through it for a while. */
  private void createArea(Staging staging) throws IOException {
    var above = Attributes.read(staging.area().resolveSibling(""));
    for (var directory :
        List.of(staging.area(), staging.oldFiles(), staging.newFiles(), staging.links())) {
      disk.createDirectory(directory);
      disk.setAttributes(
          directory, new Attributes((above.mode() & 0755) | 0700, above.uid(), above.gid()));
    }
  }

  private void layOut(Target target) throws IOException {
    var member = target.member();
    if (member.existed() && member.kind() != Journal.Kind.LINK) {
      disk.link(member.path(), member.staging().oldFiles().resolve(member.name()));
    }
    var fresh = member.staging().newFiles().resolve(member.name());
    switch (target.change()) {
      case FileChange.Put put -> {
        disk.createFile(fresh);
        disk.append(fresh, put.content().bytes());
        disk.setAttributes(fresh, wanted(put, target));
        disk.sync(fresh);
      }
      case FileChange.Link link -> disk.symbolicLink(fresh, link.target());
      case FileChange.Delete _ -> {}
    }
  }

  private static Attributes wanted(FileChange.Put put, Target target) throws IOException {
    if (target.before().isPresent()) {
      var before = target.before().get();
      return new Attributes(put.access().repaired(before.mode()), before.uid(), before.gid());
    }
    var above = Attributes.read(target.member().directory());
    return new Attributes(put.access().fresh(), above.uid(), above.gid());
  }

  /** Prepares the link that is turned from old to new, and the ways to other directories. */
  private void aim(Journal.Group group) throws IOException {
    var home = new Staging(group.home());
    var areas = group.stagingAreas();
    for (int i = 1; i < areas.size(); i++) {
      var away = new Staging(areas.get(i));
      disk.symbolicLink(
          home.oldFiles().resolve(Staging.away(i)), home.oldFiles().relativize(away.oldFiles()));
      disk.symbolicLink(
          home.newFiles().resolve(Staging.away(i)), home.newFiles().relativize(away.newFiles()));
    }
    disk.symbolicLink(home.at(), Path.of(Staging.OLD));
    disk.symbolicLink(home.atNew(), Path.of(Staging.NEW));
  }

  static boolean isLeftOver(Path area) {
    return Files.exists(area, java.nio.file.LinkOption.NOFOLLOW_LINKS);
  }
}
