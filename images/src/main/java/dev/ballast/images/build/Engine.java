package dev.ballast.images.build;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ballast.concurrency.Scheduler;
import dev.ballast.images.Platform;
import dev.ballast.images.dockerfile.Dockerfile;
import dev.ballast.images.dockerfile.DockerfileException;
import dev.ballast.images.dockerfile.IgnorePatterns;
import dev.ballast.images.run.Runner;
import dev.ballast.images.run.Sandbox;
import dev.ballast.images.run.Views;
import dev.ballast.images.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Solves a Dockerfile for several platforms: stages in parallel, equal steps once. */
public final class Engine {
  final BuildRequest request;
  final Dockerfile dockerfile;
  final IgnorePatterns ignored;
  final Store store;
  final Scheduler scheduler;
  final Progress progress;
  final StepCache steps;
  final Bases bases;
  final Runner runner;
  final Views views;
  final String salt;
  private final ConcurrentHashMap<String, FutureTask<Stage>> stages = new ConcurrentHashMap<>();

  private Engine(
      BuildRequest request,
      Dockerfile dockerfile,
      IgnorePatterns ignored,
      Store store,
      Scheduler scheduler,
      Progress progress) {
    this.request = request;
    this.dockerfile = dockerfile;
    this.ignored = ignored;
    this.store = store;
    this.scheduler = scheduler;
    this.progress = progress;
    this.steps = new StepCache(store, progress);
    this.bases = new Bases(store, scheduler.executor(), request.plainHttp());
    Sandbox sandbox = new Sandbox(scheduler);
    this.runner = new Runner(sandbox);
    this.views = new Views(store.root(), sandbox);
    this.salt = request.noCache() ? UUID.randomUUID().toString() : "";
  }

  /** A stage that was solved: layers, lowest first, and its image configuration. */
  public record Stage(List<String> layers, ObjectNode image) {
    public Stage {
      layers = List.copyOf(layers);
    }
  }

  /** Reads the Dockerfile and what it leaves out of the context. */
  public static Engine open(
      BuildRequest request, Store store, Scheduler scheduler, Progress progress)
      throws IOException {
    int step =
        progress.begin(
            "[internal] load build definition from " + request.dockerfile().getFileName());
    if (!Files.isRegularFile(request.dockerfile())) {
      progress.failed(step, "no such file");
      throw new BuildFailure(
          "failed to read dockerfile: open "
              + request.dockerfile().getFileName()
              + ": no such file or directory; name it with -f");
    }
    Dockerfile dockerfile;
    try {
      dockerfile =
          Dockerfile.parse(
              String.valueOf(request.dockerfile().getFileName()),
              Files.readString(request.dockerfile()));
    } catch (DockerfileException e) {
      progress.failed(step, String.valueOf(e.getMessage()));
      throw e;
    }
    progress.done(step);
    Path own =
        request.dockerfile().resolveSibling(request.dockerfile().getFileName() + ".dockerignore");
    Path shared = request.context().resolve(".dockerignore");
    Path file = Files.exists(own) ? own : shared;
    IgnorePatterns ignored =
        Files.exists(file)
            ? IgnorePatterns.parse(Files.readString(file))
            : IgnorePatterns.of(List.of());
    return new Engine(request, dockerfile, ignored, store, scheduler, progress);
  }

  public Dockerfile dockerfile() {
    return dockerfile;
  }

  /** Solves the target for every platform. */
  public Map<Platform, Stage> solve() throws IOException {
    int target = dockerfile.stages().size() - 1;
    if (request.target().isPresent()) {
      target =
          dockerfile
              .stage(request.target().get(), dockerfile.stages().size())
              .orElseThrow(() ->
                  new BuildFailure(
                      "target stage \"" + request.target().get() + "\" could not be found"));
    }
    List<FutureTask<Stage>> running = new ArrayList<>();
    for (Platform platform : request.platforms()) {
      running.add(start(target, platform));
    }
    Map<Platform, Stage> found = new LinkedHashMap<>();
    for (int i = 0; i < running.size(); i++) {
      found.put(request.platforms().get(i), await(running.get(i)));
    }
    return found;
  }

  /** Starts a stage, once. */
  FutureTask<Stage> start(int index, Platform platform) {
    FutureTask<Stage> task = new FutureTask<>(() -> new StageBuild(this, index, platform).build());
    FutureTask<Stage> first = stages.putIfAbsent(index + "@" + platform, task);
    if (first != null) {
      return first;
    }
    scheduler.executor().execute(task);
    return task;
  }

  /** Waits for a stage. */
  static Stage await(FutureTask<Stage> task) throws IOException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BuildFailure("canceled", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException runtime -> throw runtime;
        case null, default -> throw new BuildFailure("stage failed: " + e.getCause(), e);
      }
    }
  }
}
