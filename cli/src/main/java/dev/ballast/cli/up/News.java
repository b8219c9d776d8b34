package dev.ballast.cli.up;

import dev.ballast.cli.Threads;
import dev.ballast.loadbalancer.controller.ControllerRole;
import dev.ballast.objects.Event;
import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.Problem;
import dev.ballast.objects.Snapshot;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Prints problems in the manifests, each once, and events, each as often as it happens. */
final class News implements AutoCloseable {
  private final ObjectStore home;
  private final Screen screen;
  private final Set<Problem> told = new HashSet<>();
  private final Map<String, Integer> events = new HashMap<>();
  private boolean reachable = true;
  private boolean valid = true;
  private ObjectStore.Subscription subscription = () -> {};
  private final Thread thread = Threads.WIRED.newThread(this::watchEvents);

  private News(ObjectStore home, Screen screen) {
    this.home = home;
    this.screen = screen;
  }

  static News follow(ObjectStore home, Screen screen) {
    News news = new News(home, screen);
    news.thread.setName("events");
    news.subscription = home.watch(news::problems);
    news.thread.start();
    return news;
  }

  private void problems(Snapshot snapshot) {
    for (Problem problem : List.copyOf(told)) {
      if (!snapshot.problems().contains(problem)) {
        told.remove(problem);
        screen.step("objects: mended: " + problem.origin() + ": " + problem.message());
      }
    }
    for (Problem problem : snapshot.problems()) {
      if (told.add(problem)) {
        screen.warn("objects: " + problem);
      }
    }
    if (snapshot.reachable() != reachable) {
      reachable = snapshot.reachable();
      screen.step(
          reachable
              ? "objects: the directory can be read again"
              : "objects: the directory cannot be read; what it held stays in force");
    }
  }

  private void watchEvents() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(200);
        home.events().forEach(this::event);
        validity();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      screen.step("events cannot be read: " + e.getMessage());
    }
  }

  private void event(Event event) {
    String line =
        "event: %s %s: %s (%s)"
            .formatted(event.about(), event.reason(), event.message(), event.source());
    int before = Optional.ofNullable(events.put(line, event.count())).orElse(0);
    if (event.count() > before) {
      if (event.type() == Event.Type.WARNING) {
        screen.warn(line);
      } else {
        screen.detail(line);
      }
    }
  }

  /** What is wrong comes as an event; that it is no longer is in the state alone. */
  private void validity() throws IOException {
    Map<String, Object> state = home.status(ControllerRole.STATE).orElse(Map.of());
    if (state.containsKey("result")) {
      boolean now = "Valid".equals(state.get("result"));
      if (now && !valid) {
        screen.step("objects: all pools and advertisements are valid again");
      }
      valid = now;
    }
  }

  @Override
  public void close() {
    subscription.close();
    thread.interrupt();
  }
}
