package dev.ballast.images.run;

import dev.ballast.linux.mount.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Lets a body see, or change, the root file system that layers make together. */
public record Views(Path store, Sandbox sandbox) {
  /** What is done with a root. */
  public interface Body<T> {
    /** Runs in a mount namespace in which the roots are mounted, in the order they were named. */
    T see(List<Path> roots) throws IOException;
  }

  /** Shows roots of layers; those named after the first are read-only, the first is where asked. */
  public <T> T with(String name, boolean writable, List<RootMount> mounts, Body<T> body)
      throws IOException {
    for (RootMount mount : mounts) {
      mount.prepare();
    }
    return sandbox.run(
        name,
        () -> {
          RootMount.separate();
          for (int i = 0; i < mounts.size(); i++) {
            mounts.get(i).mount(writable && i == 0);
          }
          T found = body.see(mounts.stream().map(RootMount::root).toList());
          for (RootMount mount : mounts) {
            Mounts.detach(mount.root());
          }
          return found;
        });
  }
}
