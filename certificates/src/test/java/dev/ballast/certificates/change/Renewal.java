package dev.ballast.certificates.change;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A process that renews the pairs of a directory from another one, and waits before a step until it
 * is killed from outside.
 */
final class Renewal {
  private Renewal() {}

  static Plan plan(Path from, Path to, List<String> pairs) throws IOException {
    var changes = new ArrayList<FileChange>();
    var together = new ArrayList<Set<Path>>();
    for (var pair : pairs) {
      var key = to.resolve(pair + ".key");
      var cert = to.resolve(pair + ".crt");
      changes.add(
          new FileChange.Put(
              key, Content.of(Files.readAllBytes(from.resolve(pair + ".key"))), Access.SECRET));
      changes.add(
          new FileChange.Put(
              cert, Content.of(Files.readAllBytes(from.resolve(pair + ".crt"))), Access.PUBLIC));
      together.add(Set.of(cert, key));
    }
    return new Plan("renew all", changes, together);
  }

  /** Arguments: the new files, the node, the step before which to wait for the end, the pairs. */
  public static void main(String[] args) throws IOException {
    var node = Path.of(args[1]);
    var last = Integer.parseInt(args[2]);
    var disk = FaultyDisk.calling(step -> waitForTheKill(step, last));
    var changes = new Changes(StateDirectory.beside(node), Node.CLOCK, 3, disk);
    try (var session = changes.open()) {
      session.apply(plan(Path.of(args[0]), node, List.of(args).subList(3, args.length)));
    }
  }

  private static void waitForTheKill(int step, int last) {
    if (step != last) {
      return;
    }
    try {
      System.out.write('\n');
      System.out.flush();
      if (System.in.read() >= 0) {
        throw new IllegalStateException("expected SIGKILL and nothing else");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
