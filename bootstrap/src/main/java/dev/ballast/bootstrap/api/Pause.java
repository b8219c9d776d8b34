package dev.ballast.bootstrap.api;

import dev.ballast.bootstrap.BootstrapFailure;
import java.time.Duration;

/** A pause between two questions. */
public final class Pause {
  private Pause() {}

  public static void of(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BootstrapFailure("interrupted", "run the same command again", e);
    }
  }
}
