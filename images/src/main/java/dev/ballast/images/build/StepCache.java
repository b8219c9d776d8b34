package dev.ballast.images.build;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ballast.images.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Makes the layer of a step once, for all that ask for the same at the same time. */
final class StepCache {
  private final Store store;
  private final Progress progress;
  private final ConcurrentHashMap<String, FutureTask<Path>> running = new ConcurrentHashMap<>();

  StepCache(Store store, Progress progress) {
    this.store = store;
    this.progress = progress;
  }

  /** Makes a layer: {@code layer/diff} in a directory. */
  interface Work {
    void make(Path place, int step) throws IOException;
  }

  /** Returns the layer of a key, made now if need be. */
  Path layer(String key, String name, Work work) throws IOException {
    FutureTask<Path> mine = new FutureTask<>(() -> make(key, name, work));
    FutureTask<Path> first = running.putIfAbsent(key, mine);
    if (first == null) {
      mine.run();
      first = mine;
    }
    try {
      return first.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BuildFailure("canceled", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException runtime -> throw runtime;
        case null, default -> throw new BuildFailure("step failed: " + e.getCause(), e);
      }
    }
  }

  private Path make(String key, String name, Work work) throws IOException {
    int step = progress.begin(name);
    var known = store.layer(key);
    if (known.isPresent()) {
      progress.cached(step);
      return known.get();
    }
    try (Store.Making making = store.making()) {
      work.make(making.directory(), step);
      Path layer = making.directory().resolve("layer");
      store.write(
          layer, JsonNodeFactory.instance.objectNode().put("created", Instant.now().toString()));
      Path kept = store.keep(key, layer);
      progress.done(step);
      return kept;
    } catch (IOException | RuntimeException e) {
      progress.failed(step, String.valueOf(e.getMessage()));
      throw e;
    }
  }
}
