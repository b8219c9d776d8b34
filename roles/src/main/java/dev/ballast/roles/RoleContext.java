package dev.ballast.roles;

import dev.ballast.roles.admin.AdminHandlers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * What a role gets from the process that runs it.
 *
 * @param tasks makes the threads that the role's work runs on
 * @param metrics where it registers its metrics
 * @param admin where it registers what may be asked of it over the admin socket
 * @param crashed called by the role when its work ended by an error that it can not mend
 */
public record RoleContext(
    ThreadFactory tasks,
    PrometheusRegistry metrics,
    AdminHandlers admin,
    Consumer<Throwable> crashed) {

  /** Starts a task of the role; what leaves it by exception or error is the role's crash. */
  public Thread go(String name, Body body) {
    Thread thread = tasks.newThread(() -> watched(body));
    thread.setName(name);
    thread.start();
    return thread;
  }

  /**
   * Makes threads whose end by an exception or error is the role's crash, for parts that make their
   * threads themselves: otherwise they would be missing without anybody having heard of it.
   */
  public ThreadFactory watchedTasks() {
    return body -> tasks.newThread(() -> watched(body::run));
  }

  private void watched(Body body) {
    try {
      body.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | Error e) {
      crashed.accept(e);
    }
  }

  /** What a task does until it is interrupted or done. */
  public interface Body {
    void run() throws Exception;
  }
}
