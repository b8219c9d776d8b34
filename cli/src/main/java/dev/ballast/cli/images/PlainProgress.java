package dev.ballast.cli.images;

import dev.ballast.images.build.Progress;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Prints a build in BuildKit's plain form. */
final class PlainProgress implements Progress {
  private static final double SECOND = 1e9;

  private final PrintWriter out;
  private final boolean quiet;
  private final Map<Integer, Long> begun = new HashMap<>();
  private int last;
  private int shown;

  PlainProgress(PrintWriter out, boolean quiet) {
    this.out = out;
    this.quiet = quiet;
  }

  @Override
  public synchronized int begin(String name) {
    int step = ++last;
    begun.put(step, System.nanoTime());
    print(step, name.lines().findFirst().orElse(""));
    return step;
  }

  private void print(int step, String text) {
    if (quiet) {
      return;
    }
    if (shown != step && shown != 0) {
      out.println();
    }
    shown = step;
    out.println("#" + step + " " + text);
    out.flush();
  }

  private double seconds(int step) {
    return (System.nanoTime() - begun.getOrDefault(step, System.nanoTime())) / SECOND;
  }

  @Override
  public synchronized void log(int step, String line) {
    print(step, "%.3f %s".formatted(seconds(step), line));
  }

  @Override
  public synchronized void cached(int step) {
    print(step, "CACHED");
  }

  @Override
  public synchronized void done(int step) {
    print(step, String.format(Locale.ROOT, "DONE %.1fs", seconds(step)));
  }

  @Override
  public synchronized void failed(int step, String message) {
    print(step, "ERROR: " + message);
  }

  @Override
  public synchronized void warn(String message) {
    out.println("WARNING: " + message);
    out.flush();
  }
}
