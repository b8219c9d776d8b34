package dev.ballast.certificates.change;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A process in a mount namespace of its own that renews pairs on file systems which are too small
 * by less and less, and then on one that is read-only; prints a line for each and what stands then.
 */
final class FullDisk {
  private static final int INODES_OF_THE_REST = 200;

  private FullDisk() {}

  /** Arguments: the old files, the new files, where to mount, the pairs. */
  public static void main(String[] args) throws Exception {
    var before = Path.of(args[0]);
    var after = Path.of(args[1]);
    var mount = Path.of(args[2]);
    var pairs = List.of(args).subList(3, args.length);
    // A root, a directory, and a file for each; then one more at a time until it is enough.
    int inodes = 2 + 2 * pairs.size();
    while (!attempt("inodes", "size=8m,nr_inodes=" + inodes, before, after, mount, pairs)) {
      inodes = atMost(inodes + 1, INODES_OF_THE_REST);
    }
    int kibibytes = 64;
    while (!attempt("space", "size=" + kibibytes + "k", before, after, mount, pairs)) {
      kibibytes = atMost(kibibytes + 8, 4096);
    }
    run("mount", "-t", "tmpfs", "-o", "size=8m", "blt-full", mount.toString());
    copy(before, mount, pairs);
    // The mount alone: in a user namespace the file system's own options can not be set again.
    run("mount", "-o", "remount,bind,ro", mount.toString());
    System.out.println("read-only " + renew(before, after, mount, pairs));
    run("umount", mount.toString());
  }

  private static int atMost(int next, int limit) {
    if (next > limit) {
      throw new IllegalStateException("next=" + next + " and it is still not enough");
    }
    return next;
  }

  private static boolean attempt(
      String kind, String options, Path before, Path after, Path mount, List<String> pairs)
      throws Exception {
    run("mount", "-t", "tmpfs", "-o", options, "blt-full", mount.toString());
    try {
      copy(before, mount, pairs);
      var line = renew(before, after, mount, pairs);
      System.out.println(kind + " " + line);
      return line.startsWith("new");
    } finally {
      run("umount", mount.toString());
    }
  }

  private static String renew(Path before, Path after, Path node, List<String> pairs)
      throws IOException {
    var changes = new Changes(StateDirectory.beside(node), Node.CLOCK, 3, new RealDisk());
    try (var session = changes.open()) {
      session.apply(Renewal.plan(after, node, pairs));
      return stands(before, after, node, pairs) + ": done";
    } catch (ChangeFailure e) {
      return stands(before, after, node, pairs) + ": " + e.getMessage() + "; " + e.remedy();
    }
  }

  /** The version of all files, or that they are mixed; and whether anything is left beside them. */
  private static String stands(Path before, Path after, Path node, List<String> pairs)
      throws IOException {
    boolean old = true;
    boolean fresh = true;
    for (var pair : pairs) {
      for (var extension : List.of(".crt", ".key")) {
        var name = pair + extension;
        old &= Files.mismatch(node.resolve(name), before.resolve(name)) < 0;
        fresh &= Files.mismatch(node.resolve(name), after.resolve(name)) < 0;
      }
    }
    try (var all = Files.walk(node)) {
      var traces =
          all.map(path -> String.valueOf(path.getFileName()))
              .filter(name -> name.startsWith(".ballast") || name.startsWith("journal"))
              .toList();
      return (old ? "old" : fresh ? "new" : "mixed") + (traces.isEmpty() ? "" : "+" + traces);
    }
  }

  private static void copy(Path from, Path to, List<String> pairs) throws IOException {
    for (var pair : pairs) {
      Files.createDirectories(to.resolve(pair).resolveSibling(""));
      for (var extension : List.of(".crt", ".key")) {
        Files.copy(from.resolve(pair + extension), to.resolve(pair + extension));
      }
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).inheritIO().start();
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", command));
    }
  }
}
