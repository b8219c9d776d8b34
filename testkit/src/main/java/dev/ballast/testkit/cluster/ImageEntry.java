package dev.ballast.testkit.cluster;

import java.nio.file.Path;

/** A path of a container image, without a slash in front. */
sealed interface ImageEntry {
  String path();

  /** An executable file with the content of one outside. */
  record Program(String path, Path content) implements ImageEntry {}

  /** A symbolic link. */
  record Link(String path, String target) implements ImageEntry {}

  /** An empty directory that anybody may write to. */
  record Directory(String path) implements ImageEntry {}
}
