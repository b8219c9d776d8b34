package dev.ballast.images;

import dev.ballast.concurrency.Scheduler;
import dev.ballast.images.build.BuildRequest;
import dev.ballast.images.build.Engine;
import dev.ballast.images.build.Output;
import dev.ballast.images.build.Progress;
import dev.ballast.images.store.Descriptor;
import dev.ballast.images.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A build of an image, for programs: {@code ImageBuild.of(context).platforms("linux/amd64",
 * "linux/arm64").push("host:5000/app:1", store, scheduler)}.
 *
 * <p>Steps that run programs need a process that may mount: root, or root of a user namespace.
 */
public final class ImageBuild {
  private final Path context;
  private final List<Platform> platforms = new ArrayList<>();
  private final Map<String, String> arguments = new TreeMap<>();
  private Progress progress = new SilentProgress();

  private ImageBuild(Path context) {
    this.context = context;
  }

  /** Of a directory with a {@code Dockerfile}. */
  public static ImageBuild of(Path context) {
    return new ImageBuild(context);
  }

  /** For these platforms instead of this machine's. */
  public ImageBuild platforms(String... names) {
    for (String name : names) {
      platforms.add(Platform.parse(name));
    }
    return this;
  }

  /** With a value for an {@code ARG}. */
  public ImageBuild argument(String name, String value) {
    arguments.put(name, value);
    return this;
  }

  /** Tells somebody what happens. */
  public ImageBuild progress(Progress told) {
    progress = told;
    return this;
  }

  /** Builds, pushes, and returns what the name now names. */
  public Descriptor push(String name, Store store, Scheduler scheduler) throws IOException {
    BuildRequest request =
        new BuildRequest(
            context,
            context.resolve("Dockerfile"),
            platforms.isEmpty() ? List.of(Platform.host()) : platforms,
            Optional.empty(),
            arguments,
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            false,
            false,
            Optional.empty(),
            OptionalLong.empty());
    Engine engine = Engine.open(request, store, scheduler, progress);
    Output output = new Output(store, scheduler.executor(), progress, false, OptionalLong.empty());
    Output.Built built = output.make(engine.solve());
    output.push(built, name, false);
    return built.top();
  }

  private static final class SilentProgress implements Progress {
    @Override
    public int begin(String name) {
      return 0;
    }

    @Override
    public void log(int step, String line) {}

    @Override
    public void cached(int step) {}

    @Override
    public void done(int step) {}

    @Override
    public void failed(int step, String message) {}

    @Override
    public void warn(String message) {}
  }
}
