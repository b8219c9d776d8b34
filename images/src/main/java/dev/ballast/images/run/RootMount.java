package dev.ballast.images.run;

import dev.ballast.linux.mount.Mounts;
import dev.ballast.linux.namespace.Namespace;
import dev.ballast.linux.namespace.NamespaceKind;
import dev.ballast.linux.thread.CurrentThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An overlay of layers, to be mounted by a thread of its own.
 *
 * @param store the directory that layers and places are relative to: the mount options must fit a
 *     page
 * @param layers keys, lowest first
 * @param made mount points that were made in the root, deepest first
 * @param place where to work: gets {@code root}, {@code diff}, {@code work}, {@code stubs}
 */
public record RootMount(Path store, List<String> layers, Path place, List<Path> made) {
  private static final int MOST_LAYERS = 100;

  public RootMount {
    layers = List.copyOf(layers);
  }

  /** Of layers and a place to work in. */
  public RootMount(Path store, List<String> layers, Path place) {
    this(store, layers, place, new ArrayList<>());
  }

  /** Removes from what was written the mount points that were made and are still empty. */
  public void removeMountPoints() throws IOException {
    for (Path each : made) {
      Path at = diff().resolve(each);
      if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)
          ? isEmpty(at)
          : Files.isRegularFile(at, LinkOption.NOFOLLOW_LINKS) && Files.size(at) == 0) {
        Files.delete(at);
      }
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var children = Files.list(directory)) {
      return children.findAny().isEmpty();
    }
  }

  /** Makes the directories. */
  public void prepare() throws IOException {
    if (layers.size() > MOST_LAYERS) {
      throw new IOException("an image of more than " + MOST_LAYERS + " layers cannot be mounted");
    }
    for (String each : List.of("root", "layer/diff", "work", "stubs")) {
      Files.createDirectories(place.resolve(each));
    }
  }

  /** Returns what was written. */
  public Path diff() {
    return place.resolve("layer/diff");
  }

  public Path root() {
    return place.resolve("root");
  }

  public Path stubs() {
    return place.resolve("stubs");
  }

  /** Gives the thread a mount namespace of its own. */
  static void separate() {
    CurrentThread.unshareFileSystemState();
    Namespace.unshare(NamespaceKind.MOUNT);
    Mounts.makePrivate(Path.of("/"));
  }

  /** Mounts it on {@link #root}. */
  void mount(boolean writable) {
    CurrentThread.chdir(store);
    List<String> lower = new ArrayList<>();
    for (String layer : layers) {
      lower.add("l/" + layer + "/diff");
    }
    lower.addFirst(store.relativize(stubs()).toString());
    Collections.reverse(lower);
    String options = "lowerdir=" + String.join(":", lower) + ",userxattr";
    if (writable) {
      options +=
          ",upperdir="
              + store.relativize(diff())
              + ",workdir="
              + store.relativize(place.resolve("work"));
    } else if (lower.size() == 1) {
      Mounts.bind(stubs(), root());
      return;
    }
    Mounts.overlay(root(), options);
    CurrentThread.chdir(Path.of("/"));
  }
}
