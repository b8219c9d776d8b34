package dev.ballast.images.layer;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Finds files below a root as a process would whose root it is: no link leads out. */
public final class RootPath {
  private static final int MOST_LINKS = 255;

  private RootPath() {}

  /** Resolves a path, its last part too. */
  public static Path follow(Path root, String path) throws IOException {
    return resolve(root, path, true);
  }

  /** Resolves a path; its last part may be a link and stays one. */
  public static Path keepLast(Path root, String path) throws IOException {
    return resolve(root, path, false);
  }

  private static Path resolve(Path root, String path, boolean last) throws IOException {
    Deque<String> todo = new ArrayDeque<>(List.of(path.split("/")));
    Path at = root;
    int links = 0;
    while (!todo.isEmpty()) {
      String part = todo.pop();
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        at = at.equals(root) ? root : requireNonNull(at.getParent());
        continue;
      }
      Path next = at.resolve(part);
      if (Files.isSymbolicLink(next) && (last || todo.stream().anyMatch(rest -> !rest.isEmpty()))) {
        if (++links > MOST_LINKS) {
          throw new IOException(path + ": too many levels of symbolic links");
        }
        String target = Files.readSymbolicLink(next).toString();
        if (target.startsWith("/")) {
          at = root;
        }
        List<String> parts = List.of(target.split("/"));
        for (int i = parts.size() - 1; i >= 0; i--) {
          todo.push(parts.get(i));
        }
      } else {
        at = next;
      }
    }
    return at;
  }
}
