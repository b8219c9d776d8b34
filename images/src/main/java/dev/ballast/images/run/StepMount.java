package dev.ballast.images.run;

import java.nio.file.Path;
import java.util.List;

/** What a step sees besides its root. */
public sealed interface StepMount {
  /** Returns where it is seen. */
  String target();

  /** A directory that stays between builds. */
  record Cache(String target, Path directory, boolean readOnly) implements StepMount {}

  /** Files of another stage, image or context. Writes are discarded. */
  record Bind(String target, List<String> layers, Path context, String source, boolean writable)
      implements StepMount {}

  /** An empty directory in memory. */
  record Tmpfs(String target, String size) implements StepMount {}

  /** A secret as a file. */
  record Secret(String target, byte[] content, int mode, int uid, int gid) implements StepMount {}
}
