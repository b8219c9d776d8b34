package dev.ballast.images.build;

import static java.util.Objects.requireNonNull;

import dev.ballast.images.dockerfile.IgnorePatterns;
import dev.ballast.images.layer.RootPath;
import dev.ballast.images.store.Digests;
import dev.ballast.linux.file.DeviceFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files that {@code COPY} takes: those below a root that no pattern leaves out.
 *
 * @param ignored patterns of {@code .dockerignore}, for a context
 * @param excluded patterns of {@code --exclude}
 */
record CopySource(Path root, IgnorePatterns ignored, IgnorePatterns excluded) {
  private static final int MOST_FILES = 2_000_000;

  /** How copied files look. */
  record Look(Optional<int[]> owner, boolean keepOwner, OptionalInt mode) {}

  /** Returns the paths, relative, that a source of {@code COPY} names. */
  List<String> match(String source) throws IOException {
    String clean = clean(source);
    if (!clean.matches(".*[*?\\[].*")) {
      Path at = RootPath.follow(root, clean);
      if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)
          || (!clean.isEmpty() && ignored.excludes(clean) && !ignored.hasExceptions())) {
        throw new BuildFailure("\"/" + clean + "\": not found");
      }
      return new ArrayList<>(List.of(clean));
    }
    List<String> found = new ArrayList<>();
    String[] parts = clean.split("/");
    walk("", parts, 0, found);
    if (found.isEmpty()) {
      throw new BuildFailure("no files match \"" + source + "\": not found");
    }
    return found;
  }

  private void walk(String prefix, String[] parts, int depth, List<String> found)
      throws IOException {
    Path directory = RootPath.follow(root, prefix);
    if (!Files.isDirectory(directory)) {
      return;
    }
    Pattern pattern = Pattern.compile(IgnorePatterns.regex(parts[depth]));
    for (Path child : children(directory)) {
      String name = String.valueOf(child.getFileName());
      String path = prefix.isEmpty() ? name : prefix + "/" + name;
      if (pattern.matcher(name).matches()) {
        if (depth + 1 < parts.length) {
          walk(path, parts, depth + 1, found);
        } else if (!ignored.excludes(path)) {
          found.add(path);
        }
      }
    }
  }

  static String clean(String source) {
    List<String> parts = new ArrayList<>();
    for (String part : source.split("/")) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.sorted(
              (a, b) -> String.valueOf(a.getFileName()).compareTo(String.valueOf(b.getFileName())))
          .toList();
    }
  }

  /** Returns a digest of all that a path brings: names, modes, contents, links. */
  String digest(String path) throws IOException {
    MessageDigest digest = Digests.sha256();
    int[] count = {0};
    Path start = RootPath.follow(root, path);
    update(
        digest,
        start,
        path,
        Files.isDirectory(start) ? "" : String.valueOf(start.getFileName()),
        count);
    return HexFormat.of().formatHex(digest.digest());
  }

  private void update(MessageDigest digest, Path file, String path, String name, int[] count)
      throws IOException {
    if (++count[0] > MOST_FILES) {
      throw new BuildFailure(
          "more than " + MOST_FILES + " files to copy; leave some out with .dockerignore");
    }
    int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if (Files.isSymbolicLink(file)) {
      digest.update(
          ("l" + name + "\0" + Files.readSymbolicLink(file) + "\0")
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      digest.update(
          ("d" + name + "\0" + mode + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8));
      for (Path child : children(file)) {
        String below =
            path.isEmpty() ? String.valueOf(child.getFileName()) : path + "/" + child.getFileName();
        if (takes(child, below)) {
          update(digest, child, below, name + "/" + child.getFileName(), count);
        }
      }
    } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      digest.update(
          ("f" + name + "\0" + mode + "\0" + Files.size(file) + "\0")
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
    }
  }

  private boolean takes(Path file, String path) {
    boolean directory = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
    return !(ignored.excludes(path) && !(directory && ignored.hasExceptions()))
        && !(excluded.excludes(path) && !(directory && excluded.hasExceptions()));
  }

  /** Copies one matched path to a destination that was resolved below the new root. */
  void copy(String path, Path target, Look look) throws IOException {
    Path start = RootPath.follow(root, path);
    one(start, path, target, look);
  }

  private void one(Path file, String path, Path target, Look look) throws IOException {
    if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
      if (!Files.isDirectory(target)) {
        Files.createDirectories(target);
        finish(file, target, look);
      }
      for (Path child : children(file)) {
        String below =
            path.isEmpty() ? String.valueOf(child.getFileName()) : path + "/" + child.getFileName();
        if (takes(child, below)) {
          one(child, below, target.resolve(String.valueOf(child.getFileName())), look);
        }
      }
      return;
    }
    Files.createDirectories(requireNonNull(target.getParent()));
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new BuildFailure(
            "cannot copy to non-directory: " + target.getFileName() + " is a directory");
      }
      Files.delete(target);
    }
    if (Files.isSymbolicLink(file)) {
      Files.createSymbolicLink(target, Files.readSymbolicLink(file));
    } else if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      try (InputStream in = Files.newInputStream(file)) {
        Files.copy(in, target);
      }
    } else {
      return; // Sockets and pipes of a context are left out, as BuildKit does.
    }
    finish(file, target, look);
  }

  private void finish(Path file, Path target, Look look) throws IOException {
    // Files of a context belong to root; those of a stage keep their owner.
    int[] owner = {0, 0};
    if (look.owner().isPresent()) {
      owner = look.owner().get();
    } else if (look.keepOwner()) {
      owner[0] = (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      owner[1] = (int) Files.getAttribute(file, "unix:gid", LinkOption.NOFOLLOW_LINKS);
    }
    DeviceFiles.owner(target, owner[0], owner[1]);
    if (!Files.isSymbolicLink(target)) {
      int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
      Files.setAttribute(target, "unix:mode", look.mode().orElse(mode));
    }
    FileTime time = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
    Files.getFileAttributeView(target, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(time, null, null);
  }
}
